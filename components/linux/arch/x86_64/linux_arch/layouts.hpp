// SPDX-License-Identifier: Apache-2.0
// What programs see otherwise than on other architectures: x86-64.
#pragma once

#include <array>
#include <cstdint>

namespace tessera::lx {

inline constexpr std::uint32_t kOpenDirect = 040000, kOpenLargeFile = 0100000, kOpenDirectory = 0200000, kOpenNoFollow = 0400000;

// struct epoll_event, without padding here.
struct [[gnu::packed]] EpollEvent {
  std::uint32_t events = 0;
  std::uint64_t data = 0;
};
static_assert(sizeof(EpollEvent) == 12);

namespace abi {

struct Stat {
  std::uint64_t device, inode, links;
  std::uint32_t mode, uid, gid, pad;
  std::uint64_t rdev;
  std::int64_t size, block_bytes, blocks;
  std::int64_t accessed, accessed_ns, modified, modified_ns, changed, changed_ns;
  std::array<std::int64_t, 3> unused;
};
static_assert(sizeof(Stat) == 144);

// struct semid64_ds behind its permissions.
struct SemaphoreTimes {
  std::int64_t operation_time = 0;
  std::uint64_t unused1 = 0;
  std::int64_t change_time = 0;
  std::uint64_t unused2 = 0, count = 0, unused3 = 0, unused4 = 0;
};

}  // namespace abi

}  // namespace tessera::lx
