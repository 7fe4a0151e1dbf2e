// SPDX-License-Identifier: Apache-2.0
// What the file system's calls share.
#include "components/linux/fs/syscall_support.hpp"

#include <algorithm>

#include "components/linux/fs/abi.hpp"

namespace tessera::lx {

Result<Path> path_at(std::uint64_t directory, std::uint64_t address, bool follow, bool allow_empty) {
  [[clang::uninitialized]] PathBuffer buffer;
  std::string_view path = TRY(path_argument(buffer, address));
  if (path.empty() && allow_empty) {
    if (int32(directory) == int32(kAtFdCwd)) return current_fs().cwd;
    Ref<File> file = TRY(any_file_at(directory));
    if (file->path) return file->path;
    if (Ref<Inode> inode = file->inode(); inode) return unnamed_path(file->path ? "" : "anon_inode", inode);
    return fail(Errno::ebadf);
  }
  Path start = TRY(start_of(directory, path));
  return walk_from(start, path, follow);
}

Result<Path> path_of(std::uint64_t descriptor) {
  Ref<File> file = TRY(file_at(descriptor));
  if (file->path) return file->path;
  Ref<Inode> inode = file->inode();
  if (!inode) return fail(Errno::ebadf);
  return unnamed_path("", std::move(inode));
}

Result<IoRanges> IoRanges::read(std::uint64_t address, std::uint64_t count) {
  if (count > kMostRanges) return fail(Errno::einval);
  IoRanges ranges;
  std::uint64_t total = 0;
  ranges.ranges_.reserve(count);
  for (std::uint64_t i = 0; i < count; ++i) {
    auto vector = TRY(read_guest<abi::IoVector>(address + i * sizeof(abi::IoVector)));
    if (static_cast<std::int64_t>(vector.bytes) < 0) return fail(Errno::einval);
    std::uint64_t bytes = std::min(vector.bytes, kMostBytes - total);
    total += bytes;
    if (bytes != 0) ranges.ranges_.push_back({vector.address, bytes});
  }
  return ranges;
}

}  // namespace tessera::lx
