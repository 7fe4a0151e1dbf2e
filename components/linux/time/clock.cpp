// SPDX-License-Identifier: Apache-2.0
#include "components/linux/time/clock.hpp"

#include <linux_arch/ticks.hpp>

#include "components/linux/process/contract.hpp"

namespace tessera::lx {

ClockScale clock_scale;

void start_clock(std::uint64_t ticks_per_second, std::uint64_t base_ticks, std::uint64_t realtime_at_boot_ns) {
  clock_scale.base_ticks = base_ticks;
  clock_scale.realtime_offset_ns = realtime_at_boot_ns;
  if (ticks_per_second != 0)
    clock_scale.multiplier =
        static_cast<std::uint64_t>((static_cast<unsigned __int128>(1'000'000'000) << 32) / ticks_per_second);
}

std::uint64_t monotonic_ns() { return ticks_to_ns(read_ticks() - clock_scale.base_ticks); }
std::uint64_t realtime_ns() { return monotonic_ns() + clock_scale.realtime_offset_ns; }

}  // namespace tessera::lx
