// SPDX-License-Identifier: Apache-2.0
// The counter that clocks are made of: the time-stamp counter.
#pragma once

#include <cstdint>

namespace tessera::lx {

inline std::uint64_t read_ticks() { return __builtin_ia32_rdtsc(); }

}  // namespace tessera::lx
