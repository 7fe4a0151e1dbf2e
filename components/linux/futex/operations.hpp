// SPDX-License-Identifier: Apache-2.0
// What the second argument of futex(2) asks for.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tessera::lx::futex {

inline constexpr std::uint32_t kWait = 0, kWake = 1, kRequeue = 3, kCompareRequeue = 4, kWakeOperation = 5, kLock = 6,
                               kUnlock = 7, kTryLock = 8, kWaitBitset = 9, kWakeBitset = 10, kWaitRequeueOwned = 11,
                               kCompareRequeueOwned = 12, kLockMonotonic = 13;  // FUTEX_LOCK_PI2
inline constexpr std::uint32_t kPrivate = 128, kClockRealtime = 256;
inline constexpr std::uint32_t kAnyBit = ~std::uint32_t{0};

constexpr std::uint32_t command_of(std::uint64_t argument) {
  return static_cast<std::uint32_t>(argument) & ~(kPrivate | kClockRealtime);
}

// How many to wake or to move.
constexpr std::size_t count_of(std::uint64_t argument) {
  const auto count = static_cast<std::int32_t>(static_cast<std::uint32_t>(argument));
  return count < 0 ? 0 : static_cast<std::size_t>(count);
}

}  // namespace tessera::lx::futex
