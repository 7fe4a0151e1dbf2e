// SPDX-License-Identifier: Apache-2.0
// The virtual counter (Arm ARM D12.1): the same on all cores.
#pragma once

#include <cstdint>

namespace tessera::rt::arch {

inline std::uint64_t read_counter() {
  std::uint64_t value = 0;
  asm volatile("isb; mrs %0, cntvct_el0" : "=r"(value)::"memory");
  return value;
}

}  // namespace tessera::rt::arch
