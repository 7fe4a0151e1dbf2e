// SPDX-License-Identifier: Apache-2.0
#include "kernel/object/interrupt.hpp"

#include "arch.hpp"
#include "kernel/object/timer.hpp"

namespace tessera::nucleus {

// Without a limit the count goes round once in 2^32, and no window is ever too short.
void set_limit(Interrupt& interrupt, std::uint32_t limit, std::uint64_t window) {
  interrupt.limit = interrupt.left = limit;
  interrupt.window = limit == 0 ? 0 : window;
  interrupt.since = arch::now_ticks();
  if (!interrupt.stormed) return;
  interrupt.stormed = false;
  if (!interrupt.target.empty()) arch::mute_interrupt(interrupt, false);
}

bool admit_by_clock(Interrupt& interrupt) {
  const std::uint64_t now = arch::now_ticks();
  if (!interrupt.stormed && now - interrupt.since >= interrupt.window) {
    interrupt.since = now;
    interrupt.left = interrupt.limit;
    return true;
  }
  interrupt.left = 1;  // what comes nevertheless ends here, too
  if (interrupt.stormed) return false;
  interrupt.stormed = true;
  interrupt.took = now - interrupt.since;
  arch::mute_interrupt(interrupt, true);
  raise_target(interrupt.watch);
  return false;
}

}  // namespace tessera::nucleus
