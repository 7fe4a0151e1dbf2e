// SPDX-License-Identifier: Apache-2.0
// All timers of the personality: one heap, served by the component's first
// thread (service.hpp). With the big lock held.
#pragma once

#include <cstdint>

#include "components/linux/core/errno.hpp"
#include "components/linux/time/timer_heap.hpp"

namespace tessera::lx {

void arm_timer(TimerEntry& entry, std::uint64_t deadline_ns);
void disarm_timer(TimerEntry& entry);

}  // namespace tessera::lx
