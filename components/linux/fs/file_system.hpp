// SPDX-License-Identifier: Apache-2.0
// A file system: what its inodes have in common. It lives as long as one of its
// inodes does. Where it is mounted is mount.hpp's business.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "components/linux/core/aside.hpp"
#include "components/linux/core/errno.hpp"
#include "components/linux/core/ref.hpp"

namespace tessera::lx {

// What statfs tells, in units of block_bytes.
struct FileSystemFacts {
  std::uint64_t block_bytes = 4096, blocks = 0, free_blocks = 0;
  std::uint64_t available_blocks = 0;  // to users who are not root
  std::uint64_t files = 0, free_files = 0;
};

class FileSystem : public RefCounted {
 public:
  // `type` as /proc/mounts names it (a literal); `magic` as statfs tells it.
  FileSystem(std::string_view type, std::uint64_t magic);
  ~FileSystem() override;
  FileSystem(const FileSystem&) = delete;
  FileSystem& operator=(const FileSystem&) = delete;

  [[nodiscard]] std::string_view type() const { return type_; }
  [[nodiscard]] std::uint64_t magic() const { return magic_; }
  // st_dev: an anonymous device number of its own.
  [[nodiscard]] std::uint64_t device() const { return device_; }
  // False when names come and go by themselves (/proc, /dev/pts): they are then
  // looked up each time.
  [[nodiscard]] virtual bool names_are_stable() const { return true; }
  [[nodiscard]] virtual FileSystemFacts facts() { return {}; }
  // What was written and changed is durable.
  virtual Result<void> sync(Hold) { return {}; }
  // Its options for /proc/mounts, with a leading comma: ",size=1024k".
  [[nodiscard]] virtual std::string options() const { return {}; }

 private:
  std::string_view type_;
  std::uint64_t magic_;
  std::uint64_t device_;
};

// Linux's encoding of device numbers in stat and mknod.
constexpr std::uint64_t make_device(std::uint64_t major, std::uint64_t minor) {
  return ((major & 0xfffff000u) << 32) | ((major & 0xfffu) << 8) | ((minor & 0xffffff00u) << 12) | (minor & 0xffu);
}
constexpr std::uint64_t device_major(std::uint64_t device) {
  return ((device >> 32) & 0xfffff000u) | ((device >> 8) & 0xfffu);
}
constexpr std::uint64_t device_minor(std::uint64_t device) { return ((device >> 12) & 0xffffff00u) | (device & 0xffu); }

// Of all of them what was written and changed is durable; what cannot be is told to who asks for its file.
void sync_file_systems(Hold hold);

// Where inodes without a name live: pipes, eventfds, memfds, streams.
FileSystem& anonymous_file_system();
std::uint64_t next_anonymous_inode();

}  // namespace tessera::lx
