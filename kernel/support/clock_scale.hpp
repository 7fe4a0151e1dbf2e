// SPDX-License-Identifier: Apache-2.0
// From the ticks of a counter that all cores share to nanoseconds since boot, and back.
#pragma once

#include <cstdint>

namespace tessera::nucleus {

struct ClockFacts {
  std::uint64_t hz = 0;          // of the counter
  std::uint64_t boot_ticks = 0;  // its value at time 0
};

struct ClockScale {
  static constexpr std::uint64_t kSecondNs = 1'000'000'000;

  std::uint64_t boot_ticks = 0;    // the counter at time 0
  std::uint64_t ns_per_tick = 0;   // 32.32; 0 before it is known: it is time 0 all along
  std::uint64_t ticks_per_ns = 0;  // 32.32

  [[nodiscard]] std::uint64_t to_ns(std::uint64_t ticks) const { return static_cast<std::uint64_t>((Wide{ticks} * ns_per_tick) >> 32); }
  [[nodiscard]] std::uint64_t to_ticks(std::uint64_t ns) const { return static_cast<std::uint64_t>((Wide{ns} * ticks_per_ns) >> 32); }
  // Ns since boot to the counter's value. Far deadlines must not wrap into the past; the ticks that are added make up for
  // the rounding of both scales, so that the clock reads at least the deadline.
  [[nodiscard]] std::uint64_t deadline(std::uint64_t deadline_ns) const {
    constexpr std::uint64_t kFar = std::uint64_t{1} << 60;
    const std::uint64_t ns = deadline_ns < kFar ? deadline_ns : kFar;
    const std::uint64_t ticks = to_ticks(ns) + 2;
    return ticks > ~boot_ticks ? ~std::uint64_t{0} - 1 : boot_ticks + ticks;
  }

 private:
  using Wide = unsigned __int128;
};

}  // namespace tessera::nucleus
