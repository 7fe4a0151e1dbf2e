// SPDX-License-Identifier: Apache-2.0
// Clocks: the time-stamp counter scaled to nanoseconds by one multiplication,
// here and, from the same numbers, in the vdso. monotonic_ns and realtime_ns are
// declared in process/contract.hpp.
#pragma once

#include <cstdint>

namespace tessera::lx {

// ns = (ticks - base) * multiplier >> 32.
struct ClockScale {
  std::uint64_t base_ticks = 0;
  std::uint64_t multiplier = std::uint64_t{1} << 32;
  std::uint64_t realtime_offset_ns = 0;  // realtime = monotonic + this
};
extern ClockScale clock_scale;

constexpr std::uint64_t scale_ticks(std::uint64_t ticks, std::uint64_t multiplier) {
  return static_cast<std::uint64_t>(static_cast<unsigned __int128>(ticks) * multiplier >> 32);
}
// A span of ticks in ns.
inline std::uint64_t ticks_to_ns(std::uint64_t ticks) { return scale_ticks(ticks, clock_scale.multiplier); }

void start_clock(std::uint64_t ticks_per_second, std::uint64_t base_ticks, std::uint64_t realtime_at_boot_ns);

}  // namespace tessera::lx
