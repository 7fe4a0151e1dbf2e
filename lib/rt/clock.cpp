// SPDX-License-Identifier: Apache-2.0
#include "lib/rt/clock.hpp"

#include <arch_clock.hpp>

#include "lib/rt/system_call.hpp"
#include "lib/rt/thread_block.hpp"

namespace tessera::rt {

namespace {
constinit ClockScale scale;
constinit std::uint64_t boot_ticks = 0;
}  // namespace

void set_clock(std::uint64_t clock_hz, std::uint64_t clock_boot) {
  scale = ClockScale(clock_hz);
  boot_ticks = clock_boot;
}

std::uint64_t now_ns() { return scale.to_ns(arch::read_counter() - boot_ticks); }

void sleep_until(std::uint64_t deadline_ns) {
  if (current().notification != 0) {
    (void)wait_notification(current().notification, deadline_ns == 0 ? 1 : deadline_ns);
    return;
  }
  while (now_ns() < deadline_ns) yield();
}

}  // namespace tessera::rt
