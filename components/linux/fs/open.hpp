// SPDX-License-Identifier: Apache-2.0
// open(2): from a path and flags to an open file.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "components/linux/fs/file.hpp"

namespace tessera::lx {

// `start` is where a relative path starts. `restrictions`: RESOLVE_* of openat2.
Result<Ref<File>> open_path(const Path& start, std::string_view path, std::uint32_t flags, std::uint32_t mode,
                            std::uint64_t restrictions = 0);
// What is already found (magic links, the loader of programs). Checks permission.
Result<Ref<File>> open_found(const Path& found, std::uint32_t flags);

// Nobody may open the file for writing, or change its size, as long as this lives (ETXTBSY).
class Execution {
 public:
  explicit Execution(Ref<Inode> inode) : inode_(std::move(inode)) { ++inode_->executions; }
  ~Execution() {
    if (inode_) --inode_->executions;
  }
  Execution(Execution&& other) noexcept = default;
  Execution& operator=(Execution&& other) noexcept {
    std::swap(inode_, other.inode_);
    return *this;
  }
  Execution(const Execution&) = delete;
  Execution& operator=(const Execution&) = delete;

 private:
  Ref<Inode> inode_;
};

// A program to execute: a regular file on which the caller has execute permission, and
// that nobody writes to. EACCES, ELOOP and so on as execve answers them. `follow` false:
// AT_SYMLINK_NOFOLLOW. With kResolveCached the big lock may be shared.
struct Program {
  Ref<Inode> inode;
  Path path;
  Execution execution;
};
Result<Program> open_program(const Path& start, std::string_view path, bool follow = true, std::uint64_t restrictions = 0);
// execveat with AT_EMPTY_PATH.
Result<Program> open_program(File& file);

// Where a *at call starts: AT_FDCWD or a directory's descriptor. EBADF, ENOTDIR.
Result<Path> start_of(std::uint64_t directory_descriptor, std::string_view path);

}  // namespace tessera::lx
