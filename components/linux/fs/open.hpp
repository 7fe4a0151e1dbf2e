// SPDX-License-Identifier: Apache-2.0
// open(2): from a path and flags to an open file.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "components/linux/fs/file.hpp"

namespace tessera::lx {

// `start` is where a relative path starts. `restrictions`: RESOLVE_* of openat2.
Result<Ref<File>> open_path(const Path& start, std::string_view path, std::uint32_t flags, std::uint32_t mode,
                            std::uint64_t restrictions = 0);
// What is already found (magic links, the loader of programs). Checks permission.
Result<Ref<File>> open_found(const Path& found, std::uint32_t flags);

// A program to execute: a regular file on which the caller has execute
// permission. EACCES, ELOOP and so on as execve answers them. `follow` false: AT_SYMLINK_NOFOLLOW.
struct Program {
  Ref<Inode> inode;
  Path path;
};
Result<Program> open_program(const Path& start, std::string_view path, bool follow = true);
// execveat with AT_EMPTY_PATH.
Result<Program> open_program(File& file);

// Where a *at call starts: AT_FDCWD or a directory's descriptor. EBADF, ENOTDIR.
Result<Path> start_of(std::uint64_t directory_descriptor, std::string_view path);

}  // namespace tessera::lx
