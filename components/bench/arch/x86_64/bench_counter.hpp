// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace tessera::bench {

// Under the instruction clock the time-stamp counter steps once an instruction.
inline std::uint64_t in_instructions(std::uint64_t ticks) { return ticks; }

}  // namespace tessera::bench
