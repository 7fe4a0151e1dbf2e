// SPDX-License-Identifier: Apache-2.0
// An inode: what names in directories refer to, of any file system.
// Default implementations answer the errno that Linux gives for a type that does
// not have the operation.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "components/linux/core/aside.hpp"
#include "components/linux/core/errno.hpp"
#include "components/linux/core/frames.hpp"
#include "components/linux/core/io_buffer.hpp"
#include "components/linux/core/ref.hpp"
#include "components/linux/fs/notify.hpp"

namespace tessera::lx {

class ExtendedAttributes;
class File;
class FileSystem;
class FileLocks;
class Leases;
class Pipe;
struct Path;

inline constexpr std::uint32_t kTypeMask = 0170000, kSocket = 0140000, kSymlink = 0120000, kRegular = 0100000,
                               kBlockDevice = 0060000, kDirectory = 0040000, kCharDevice = 0020000, kFifo = 0010000;
inline constexpr std::uint32_t kSetUid = 04000, kSetGid = 02000, kSticky = 01000;

struct Timespec {
  std::int64_t seconds = 0;
  std::int64_t nanoseconds = 0;
  bool operator==(const Timespec&) const = default;
  auto operator<=>(const Timespec&) const = default;
};
Timespec current_time();

struct Attributes {
  std::uint32_t mode = 0;  // type and permission bits
  std::uint32_t links = 1;
  std::uint32_t uid = 0, gid = 0;
  std::uint64_t size = 0;
  std::uint64_t rdev = 0;
  Timespec accessed, modified, changed, born;
};

// One entry that read_directory hands out.
struct DirectoryEntry {
  std::string_view name;
  std::uint64_t inode = 0;
  std::uint32_t type = 0;           // kDirectory, ...
  std::uint64_t next_position = 0;  // where reading goes on behind this entry
};
class DirectorySink {
 public:
  // False: no room, and the entry was not taken.
  virtual bool add(const DirectoryEntry& entry) = 0;

 protected:
  ~DirectorySink() = default;
};
// Positions 0 and 1 are "." and "..", which the open directory supplies itself.
inline constexpr std::uint64_t kFirstDirectoryPosition = 2;

// Flags of renameat2.
inline constexpr std::uint32_t kRenameNoReplace = 1, kRenameExchange = 2;

class Inode : public RefCounted {
 public:
  Inode(FileSystem& file_system, std::uint64_t number);
  ~Inode() override;

  [[nodiscard]] std::uint64_t number() const { return number_; }
  [[nodiscard]] FileSystem& file_system() const { return *file_system_; }
  Attributes attributes;
  [[nodiscard]] std::uint32_t type() const { return attributes.mode & kTypeMask; }
  [[nodiscard]] bool directory() const { return type() == kDirectory; }
  // Brings `attributes` up to date where they are made up on demand (/proc).
  virtual void refresh() {}
  // Mode, owner or times in `attributes` were changed by the caller.
  virtual void attributes_changed() {}
  // What was written and changed is durable. `data_only`: not what is of no use to find the data.
  virtual Result<void> sync(bool, Hold) { return {}; }

  // Directories. Names have been checked: 1 to 255 bytes, no '/', not "." or "..".
  virtual Result<Ref<Inode>> lookup(std::string_view name);
  virtual Result<Ref<Inode>> create(std::string_view name, std::uint32_t mode, std::uint64_t rdev);  // any type but symlink
  virtual Result<Ref<Inode>> symlink(std::string_view name, std::string_view target);
  virtual Result<void> link(std::string_view name, Inode& target);
  // `target`: what the name stands for.
  virtual Result<void> unlink(std::string_view name, Inode& target, bool directory);
  // Both directories are of this file system; loops and permissions were checked. `replaced`: what the new name
  // stands for, if anything.
  virtual Result<void> rename(std::string_view name, Inode& moved, Inode& to_directory, std::string_view to_name,
                              Inode* replaced, std::uint32_t flags);
  // Hands out entries from `position` on and moves it behind the last one taken.
  virtual Result<void> read_directory(std::uint64_t& position, DirectorySink& sink);
  // A regular file without a name (O_TMPFILE).
  virtual Result<Ref<Inode>> create_unnamed(std::uint32_t mode);

  // Symbolic links. May depend on the reader (/proc/self).
  virtual Result<std::string> read_link();
  // A link that leads to an object and not to a path (/proc/PID/fd/N, exe, cwd):
  // true, and `target` is what it leads to.
  virtual Result<bool> follow_magic(Path& target);

  // Regular files.
  virtual Result<std::size_t> read_at(IoBuffer& to, std::uint64_t offset);
  virtual Result<std::size_t> write_at(IoBuffer& from, std::uint64_t offset);
  // Before a read or a write of these bytes: what it will wait for is waited for without the big lock.
  virtual void prepare_read(std::uint64_t, std::size_t) {}
  virtual void prepare_write(std::uint64_t, std::size_t) {}
  // Whether O_DIRECT means something to it, and then past the page cache, without the big lock. EINVAL: the disk
  // has no such part.
  [[nodiscard]] virtual bool direct() const { return false; }
  virtual Result<std::size_t> read_direct(IoBuffer& to, std::uint64_t offset) { return read_at(to, offset); }
  virtual Result<std::size_t> write_direct(IoBuffer& from, std::uint64_t offset) { return write_at(from, offset); }
  virtual Result<void> truncate(std::uint64_t size);
  // fallocate(2): `mode` 0, KEEP_SIZE, PUNCH_HOLE or ZERO_RANGE.
  virtual Result<void> allocate(std::uint32_t mode, std::uint64_t offset, std::uint64_t bytes);
  // lseek's SEEK_DATA and SEEK_HOLE.
  virtual Result<std::uint64_t> seek_data(std::uint64_t offset, bool hole);
  // The page cache: the frame that holds page `index` of the file; the caller's
  // mapping takes a reference of its own. With `for_write` a frame that may be
  // written to (made, or copied from the bundle, as needed). Behind the end of
  // the file: EFAULT, which a mapping turns into SIGBUS.
  virtual Result<Frame> page(std::uint64_t index, bool for_write);
  // The same for pages that have a frame already: a hole stays one (ENOENT).
  virtual Result<Frame> cached_page(std::uint64_t index, bool for_write) { return page(index, for_write); }
  // Whether cached_page of no write changes nothing.
  [[nodiscard]] virtual bool looks_up_only() const { return false; }
  // Whether pages that were only read must not be written to: page() wants to know of each first write.
  [[nodiscard]] virtual bool tracks_writes() const { return false; }
  // Whether page() of it would find a frame (mincore).
  [[nodiscard]] virtual bool page_cached(std::uint64_t) { return false; }
  // Its seals (fs/seals.hpp); null for what cannot be sealed.
  [[nodiscard]] virtual std::uint32_t* seals() { return nullptr; }
  // Extended attributes; null while there are none. A file system that keeps none answers EOPNOTSUPP.
  [[nodiscard]] virtual bool keeps_extended_attributes() const { return false; }
  virtual Result<const ExtendedAttributes*> extended_attributes() { return nullptr; }
  virtual Result<void> set_extended_attribute(std::string_view name, std::span<const std::byte> value,
                                              std::uint32_t flags);
  virtual Result<void> remove_extended_attribute(std::string_view name);
  // st_blocks, in units of 512 bytes.
  [[nodiscard]] virtual std::uint64_t blocks() const { return 0; }

  // Makes the open file description; permission was checked. `flags`: O_*.
  // The default serves each type as Linux's common code does.
  virtual Result<Ref<File>> open(std::uint32_t flags);

  // Advisory locks; made when first used.
  Ref<FileLocks> locks;
  Ref<Leases> leases;
  // The pipe behind a FIFO while it is open.
  Ref<Pipe> fifo;
  InodeWatches watches;
  // Open for writing / being executed or denied to writers (ETXTBSY).
  std::uint32_t writers = 0;
  std::uint32_t readers = 0;  // open for reading alone
  std::atomic<std::uint32_t> executions = 0;  // grows also while the big lock is shared

 private:
  Ref<FileSystem> file_system_;
  std::uint64_t number_;
};

}  // namespace tessera::lx
