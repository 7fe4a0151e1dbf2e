// SPDX-License-Identifier: Apache-2.0
// The counter that clocks are made of: the virtual counter, as the runtime reads it.
#pragma once

#include <arch_clock.hpp>
#include <cstdint>

namespace tessera::lx {

inline std::uint64_t read_ticks() { return rt::arch::read_counter(); }

}  // namespace tessera::lx
