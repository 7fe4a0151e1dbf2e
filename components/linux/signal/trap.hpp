// SPDX-License-Identifier: Apache-2.0
// A thread's last exception, as its next signal frames tell it.
#pragma once

#include <cstdint>

namespace tessera::lx {

struct Trap {
  std::uint64_t number = 0, error = 0, address = 0;
};

}  // namespace tessera::lx
