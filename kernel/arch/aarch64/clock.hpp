// SPDX-License-Identifier: Apache-2.0
// The architected timer (Arm ARM D12): the virtual counter, the same on all cores, and
// each core's virtual timer.
#pragma once

#include <cstdint>

namespace tessera::nucleus::arch {

struct ClockFacts {
  std::uint64_t hz = 0;
  std::uint64_t boot_ticks = 0;  // its value at time 0
};

// False: nobody said how fast the counter counts.
bool start_clock();
ClockFacts clock_facts();
// The running core's timer, not armed; user mode may read the counter.
void enable_core_timer();
// It fired: it is quiet until it is armed.
void silence_timer();

}  // namespace tessera::nucleus::arch
