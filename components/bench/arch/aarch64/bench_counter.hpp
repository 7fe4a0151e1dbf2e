// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace tessera::bench {

// Under the instruction clock a nanosecond is an instruction, and the counter (Arm ARM
// D12.1.2) steps more seldom.
inline std::uint64_t in_instructions(std::uint64_t ticks) {
  std::uint64_t frequency = 0;
  asm("mrs %0, cntfrq_el0" : "=r"(frequency));
  return ticks * (1'000'000'000 / frequency);
}

}  // namespace tessera::bench
