// SPDX-License-Identifier: Apache-2.0
// What a thread is scheduled by: its own priority, what was donated to it, and the pace of
// its guest. Each may change wherever the thread is queued.
#pragma once

#include "kernel/sched/cores.hpp"

namespace tessera::nucleus {

void set_effective_priority(Thread& thread, std::uint8_t priority);
// The priority that its owner gave it.
void set_own_priority(Thread& thread, std::uint8_t priority);
// How urgent its guest is at most, and how long its turns are (ticks; 0: kSliceNs).
void pace(Thread& thread, std::uint8_t guest_priority, std::uint64_t slice_ticks);
// A thread that does not run is in its guest no more.
void guest_left_from_outside(Thread& thread);

// A paced thread comes into its guest. Whether others of the core go first; under the core's
// lock alone. It is then in its guest when it gives way.
[[nodiscard]] bool must_give_way(Thread& thread);
void give_way();

}  // namespace tessera::nucleus
