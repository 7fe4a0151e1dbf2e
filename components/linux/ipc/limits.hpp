// SPDX-License-Identifier: Apache-2.0
// Limits of IPC objects, which /proc/sys tells.
#pragma once

#include <cstdint>

namespace tessera::lx {

inline constexpr std::uint64_t kMostSegmentBytes = ~std::uint64_t{0} - (std::uint64_t{1} << 24);  // kernel.shmmax
inline constexpr std::uint32_t kMostSegments = 4096;                                               // kernel.shmmni
// kernel.sem: semaphores in a set, of all sets, operations of a call, sets.
inline constexpr std::int32_t kMostInSemaphoreSet = 32000, kMostSemaphoreSets = 4096;
inline constexpr std::uint64_t kMostSemaphores = 256000, kMostSemaphoreOperations = 500;
inline constexpr std::uint64_t kMostMessageBytes = 8192;                             // kernel.msgmax
inline constexpr std::uint64_t kMostMessageQueueBytes = 16384;                       // kernel.msgmnb
inline constexpr std::uint32_t kMostMessageQueues = 32000;                           // kernel.msgmni
// fs.mqueue.*: what one without privileges may ask for, and what root may.
inline constexpr std::uint64_t kPosixMessages = 10, kPosixMessageBytes = 8192;
inline constexpr std::uint64_t kMostPosixMessages = 65536, kMostPosixMessageBytes = 16 << 20;
inline constexpr std::uint32_t kMostPosixQueues = 256;

}  // namespace tessera::lx
