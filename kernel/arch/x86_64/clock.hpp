// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace tessera::nucleus::arch {

struct ClockFacts {
  std::uint64_t hz = 0;          // of the time-stamp counter
  std::uint64_t boot_ticks = 0;  // its value at time 0
};

void start_clock();
ClockFacts clock_facts();

}  // namespace tessera::nucleus::arch
