// SPDX-License-Identifier: Apache-2.0
// The time-stamp counter (Intel SDM 3, 17.17): invariant on every machine the
// nucleus accepts, the same on all cores.
#pragma once

#include <cstdint>

namespace tessera::rt::arch {

inline std::uint64_t read_counter() {
  std::uint32_t low = 0, high = 0;
  asm volatile("rdtsc" : "=a"(low), "=d"(high));
  return std::uint64_t{high} << 32 | low;
}

}  // namespace tessera::rt::arch
