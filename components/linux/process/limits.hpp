// SPDX-License-Identifier: Apache-2.0
// Resource limits (RLIMIT_*), per process.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace tessera::lx {

inline constexpr std::uint64_t kNoLimit = ~std::uint64_t{0};
inline constexpr unsigned kLimitCpu = 0, kLimitFileSize = 1, kLimitData = 2, kLimitStack = 3, kLimitCore = 4,
                          kLimitResident = 5, kLimitProcesses = 6, kLimitFiles = 7, kLimitLocked = 8,
                          kLimitAddressSpace = 9, kLimitLocks = 10, kLimitSignals = 11, kLimitMessages = 12,
                          kLimitNice = 13, kLimitRealtime = 14, kLimitRealtimeTime = 15;
inline constexpr std::size_t kLimitCount = 16;

struct Limit {
  std::uint64_t soft = kNoLimit;
  std::uint64_t hard = kNoLimit;
};

using Limits = std::array<Limit, kLimitCount>;

// What the manifest allows the container: tasks at a time, open files of a
// process. They are behind what any process may raise its own limits to.
void limit_tasks(std::uint64_t most);
void limit_descriptors(std::uint64_t most);

// Linux' defaults; the number of processes and of pending signals follows from
// how many tasks there may be.
Limits default_limits();

}  // namespace tessera::lx
