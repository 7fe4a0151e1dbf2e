// SPDX-License-Identifier: Apache-2.0
// What programs see otherwise than on other architectures: AArch64, which has Linux' generic
// layouts, but for some of the O_* (arch/arm64/include/uapi/asm/fcntl.h).
#pragma once

#include <array>
#include <cstdint>

namespace tessera::lx {

inline constexpr std::uint32_t kOpenDirectory = 040000, kOpenNoFollow = 0100000, kOpenDirect = 0200000, kOpenLargeFile = 0400000;

struct EpollEvent {
  std::uint32_t events = 0, padding = 0;
  std::uint64_t data = 0;
};
static_assert(sizeof(EpollEvent) == 16);

namespace abi {

struct Stat {
  std::uint64_t device, inode;
  std::uint32_t mode, links, uid, gid;
  std::uint64_t rdev, pad;
  std::int64_t size;
  std::int32_t block_bytes, pad2;
  std::int64_t blocks;
  std::int64_t accessed, accessed_ns, modified, modified_ns, changed, changed_ns;
  std::array<std::int32_t, 2> unused;
};
static_assert(sizeof(Stat) == 128);

// struct semid64_ds behind its permissions.
struct SemaphoreTimes {
  std::int64_t operation_time = 0, change_time = 0;
  std::uint64_t count = 0, unused1 = 0, unused2 = 0;
};

}  // namespace abi

}  // namespace tessera::lx
