// SPDX-License-Identifier: Apache-2.0
// The architected timer (Arm ARM D12): the virtual counter, the same on all cores, and
// each core's virtual timer.
#pragma once

#include "kernel/support/clock_scale.hpp"

namespace tessera::nucleus::arch {

// False: nobody said how fast the counter counts.
bool start_clock();
ClockFacts clock_facts();
// The running core's timer, not armed; user mode may read the counter.
void enable_core_timer();
// It fired: it is quiet until it is armed.
void silence_timer();

}  // namespace tessera::nucleus::arch
