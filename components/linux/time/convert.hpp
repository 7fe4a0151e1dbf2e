// SPDX-License-Identifier: Apache-2.0
// struct timespec and timeval against nanoseconds.
#pragma once

#include <cstdint>

#include "components/linux/core/errno.hpp"

namespace tessera::lx {

inline constexpr std::uint64_t kSecondNs = 1'000'000'000;
// Far enough to never come, and safe to add to.
inline constexpr std::uint64_t kFarFutureNs = std::uint64_t{1} << 62;

struct GuestTimespec {
  std::int64_t seconds = 0;
  std::int64_t nanoseconds = 0;
};
struct GuestTimeval {
  std::int64_t seconds = 0;
  std::int64_t microseconds = 0;
};

constexpr GuestTimespec timespec_of(std::uint64_t ns) {
  return {static_cast<std::int64_t>(ns / kSecondNs), static_cast<std::int64_t>(ns % kSecondNs)};
}
constexpr GuestTimeval timeval_of(std::uint64_t ns) {
  return {static_cast<std::int64_t>(ns / kSecondNs), static_cast<std::int64_t>(ns % kSecondNs / 1000)};
}

// EINVAL for a negative time or a fraction outside its range. Saturates at kFarFutureNs.
constexpr Result<std::uint64_t> ns_of(const GuestTimespec& time) {
  if (time.seconds < 0 || time.nanoseconds < 0 || time.nanoseconds >= std::int64_t{kSecondNs})
    return fail(Errno::einval);
  const auto seconds = static_cast<std::uint64_t>(time.seconds);
  if (seconds >= kFarFutureNs / kSecondNs) return kFarFutureNs;
  return seconds * kSecondNs + static_cast<std::uint64_t>(time.nanoseconds);
}
constexpr Result<std::uint64_t> ns_of(const GuestTimeval& time) {
  if (time.microseconds < 0 || time.microseconds >= 1'000'000) return fail(Errno::einval);
  return ns_of(GuestTimespec{time.seconds, time.microseconds * 1000});
}
constexpr std::uint64_t after(std::uint64_t now_ns, std::uint64_t span_ns) {
  return span_ns >= kFarFutureNs ? kFarFutureNs : now_ns + span_ns;
}

}  // namespace tessera::lx
