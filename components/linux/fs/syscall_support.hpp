// SPDX-License-Identifier: Apache-2.0
// What the file system's calls share: path arguments, I/O vectors, descriptors.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "components/linux/core/guest_memory.hpp"
#include "components/linux/core/io_buffer.hpp"
#include "components/linux/fs/context.hpp"
#include "components/linux/fs/file.hpp"
#include "components/linux/fs/file_table.hpp"
#include "components/linux/fs/open.hpp"
#include "components/linux/fs/walk.hpp"
#include "components/linux/process/contract.hpp"
#include "components/linux/syscall/table.hpp"

namespace tessera::lx {

inline constexpr std::uint64_t kAtFdCwd = static_cast<std::uint64_t>(-100);
inline constexpr std::uint32_t kAtNoFollow = 0x100, kAtRemoveDirectory = 0x200, kAtEffective = 0x200,
                               kAtFollow = 0x400, kAtNoAutomount = 0x800, kAtEmptyPath = 0x1000,
                               kAtStatxSync = 0x6000;

// Declared [[clang::uninitialized]]: clearing 4 KiB costs more than most walks.
using PathBuffer = std::array<char, 4096>;
inline Result<std::string_view> path_argument(PathBuffer& buffer, std::uint64_t address) {
  return string_from_guest(buffer, address);
}

// A path of the working directory, a *at path, and one that may be empty (AT_EMPTY_PATH): what it names.
Result<Path> path_at(std::uint64_t directory, std::uint64_t address, bool follow, bool allow_empty = false);
// What an open descriptor stands for, with or without a name.
Result<Path> path_of(std::uint64_t descriptor);

// The guest's I/O vector. EINVAL: too many or too long; EFAULT.
class IoRanges {
 public:
  // Bytes that one call moves at most, as on Linux.
  static constexpr std::uint64_t kMostBytes = 0x7ffff000;
  static constexpr std::uint64_t kMostRanges = 1024;

  static Result<IoRanges> read(std::uint64_t address, std::uint64_t count);
  [[nodiscard]] IoBuffer buffer(Hold hold = Hold::keep) const { return IoBuffer::guest(ranges_, hold); }

 private:
  std::vector<GuestRange> ranges_;
};

// fallocate(2) on an open file.
Result<std::int64_t> allocate_in_file(File& file, std::uint32_t mode, std::uint64_t start, std::uint64_t length);

constexpr std::uint32_t low32(std::uint64_t value) { return static_cast<std::uint32_t>(value); }
constexpr std::int32_t int32(std::uint64_t value) { return static_cast<std::int32_t>(low32(value)); }

}  // namespace tessera::lx
