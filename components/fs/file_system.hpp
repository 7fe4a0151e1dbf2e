// SPDX-License-Identifier: Apache-2.0
// A file system as its clients see it, whatever it looks like on the disk.
//
// One thread, many tasks: calls overlap, on different inodes and on the same one, and each is atomic
// to the others. Caches of names and of file contents are the client's; those of metadata are in here.
// Permissions are the client's, too. Names were not checked: any bytes, any length, none with '/' or 0.
//
// Inodes are named by number. A number stays valid, also after a crash and a new mount, until the
// inode's last name is gone and nobody keeps it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "components/fs/block_device.hpp"

namespace tessera::fs {

using InodeNumber = std::uint64_t;

struct Time {
  std::int64_t seconds = 0;  // since 1970
  std::uint32_t nanoseconds = 0;
  bool operator==(const Time&) const = default;
};

// As Linux' stat has it: `mode` holds type and permission bits.
struct Attributes {
  InodeNumber inode = 0;
  std::uint32_t mode = 0;
  std::uint32_t links = 0;
  std::uint32_t uid = 0, gid = 0;
  std::uint64_t size = 0;
  std::uint64_t blocks = 0;  // of 512 bytes
  std::uint32_t device_major = 0, device_minor = 0;  // of a device node
  std::uint32_t generation = 0;
  Time accessed, modified, changed, born;
};

// Which of the attributes to change; `size` cuts the file off or lets it grow by a hole.
struct AttributeChange {
  static constexpr std::uint32_t kMode = 1, kUid = 2, kGid = 4, kSize = 8, kAccessed = 16, kModified = 32, kChanged = 64;
  std::uint32_t which = 0;
  Attributes to{};
};

struct NewInode {
  std::uint32_t mode = 0;  // type and permission bits
  std::uint32_t uid = 0, gid = 0;
  std::uint32_t device_major = 0, device_minor = 0;
  Time now;
  std::string_view target;  // of a symbolic link
};

struct DirectoryEntry {
  std::string_view name;
  InodeNumber inode = 0;
  std::uint32_t type = 0;           // bits of `mode`; 0: not known
  std::uint64_t next_position = 0;  // where reading goes on behind this entry; stays valid while names come and go
};
class DirectorySink {
 public:
  // False: no room, and the entry was not taken.
  virtual bool add(const DirectoryEntry& entry) = 0;

 protected:
  ~DirectorySink() = default;
};

struct Space {
  std::uint32_t block_bytes = 0;
  std::uint64_t blocks = 0, free_blocks = 0, available_blocks = 0;  // available: to users, without what is reserved
  std::uint64_t inodes = 0, free_inodes = 0;
  std::uint32_t longest_name = 255;
};

// Flags of rename and of changing an extended attribute, as Linux has them.
inline constexpr std::uint32_t kRenameNoReplace = 1, kRenameExchange = 2;
inline constexpr std::uint32_t kAttributeCreate = 1, kAttributeReplace = 2;
// Of allocate, as Linux' fallocate has them.
inline constexpr std::uint32_t kAllocateKeepSize = 1, kAllocatePunchHole = 2, kAllocateZeroRange = 0x10;

class FileSystem {
 public:
  using Pieces = BlockDevice::Pieces;

  FileSystem() = default;
  FileSystem(const FileSystem&) = delete;
  FileSystem& operator=(const FileSystem&) = delete;
  virtual ~FileSystem() = default;

  [[nodiscard]] virtual InodeNumber root() const = 0;
  [[nodiscard]] virtual bool read_only() const = 0;
  virtual Io<Space> space() = 0;

  virtual Io<Attributes> attributes(InodeNumber inode) = 0;
  virtual Io<Attributes> change_attributes(InodeNumber inode, const AttributeChange& change) = 0;

  // Strings and spans must live until the answer.
  virtual Io<Attributes> lookup(InodeNumber directory, std::string_view name) = 0;
  // Any type; one with an empty name is in no directory (O_TMPFILE), and is kept.
  virtual Io<Attributes> create(InodeNumber directory, std::string_view name, const NewInode& what) = 0;
  virtual Io<> link(InodeNumber inode, InodeNumber directory, std::string_view name, Time now) = 0;
  // `is_directory`: what must be there; an inode without names stays while it is kept. Returns its attributes now.
  virtual Io<Attributes> unlink(InodeNumber directory, std::string_view name, bool is_directory, Time now) = 0;
  virtual Io<> rename(InodeNumber from, std::string_view name, InodeNumber to, std::string_view to_name,
                      std::uint32_t flags, Time now) = 0;
  // From `position` on (0: the beginning) without "." and "..", until the sink is full; the position behind the
  // last one taken.
  virtual Io<std::uint64_t> read_directory(InodeNumber directory, std::uint64_t position, DirectorySink& sink) = 0;
  virtual Io<std::size_t> read_link(InodeNumber inode, std::span<std::byte> to) = 0;

  // Regular files. Offset and pieces are multiples of the device's sectors; what lies behind the end of the
  // file, or in a hole, reads as zeros. Bytes before the end of the file that were read.
  virtual Io<std::size_t> read(InodeNumber inode, std::uint64_t offset, Pieces to) = 0;
  // `size`: of the file afterwards, if that is more than it is; bytes of the pieces behind it are not part of the file.
  // Answered when the blocks are the file's and the device has the data; durable after sync().
  virtual Io<> write(InodeNumber inode, std::uint64_t offset, Pieces from, std::uint64_t size, Time now) = 0;
  virtual Io<> allocate(InodeNumber inode, std::uint32_t flags, std::uint64_t offset, std::uint64_t bytes, Time now) = 0;
  // The next byte from `offset` on that is data, or in a hole; not_found: no data any more.
  virtual Io<std::uint64_t> seek(InodeNumber inode, std::uint64_t offset, bool hole) = 0;

  // Extended attributes by their whole names ("user.x"). Bytes; with an empty buffer how many there are.
  virtual Io<std::size_t> get_extended(InodeNumber inode, std::string_view name, std::span<std::byte> to) = 0;
  virtual Io<std::size_t> list_extended(InodeNumber inode, std::span<std::byte> to) = 0;  // names, each ended by 0
  virtual Io<> set_extended(InodeNumber inode, std::string_view name, std::span<const std::byte> value,
                            std::uint32_t flags, Time now) = 0;
  virtual Io<> remove_extended(InodeNumber inode, std::string_view name, Time now) = 0;

  // An inode that is kept stays, also without names, until it is let go as often.
  virtual Io<> keep(InodeNumber inode) = 0;
  virtual Io<> let_go(InodeNumber inode) = 0;

  // What was answered before is durable: of one inode (0: of all). `data_only`: not times that are of no use to find the data.
  virtual Io<> sync(InodeNumber inode, bool data_only) = 0;
  // All is durable and marked as cleanly unmounted; nothing is asked for afterwards.
  virtual Io<> unmount() = 0;
};

}  // namespace tessera::fs
