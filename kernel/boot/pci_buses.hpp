// SPDX-License-Identifier: Apache-2.0
// Where PCI configuration space is in memory, for genesis.
#pragma once

#include "kernel/support/address_types.hpp"

namespace tessera::nucleus {

struct PciBuses {
  PhysAddr configuration{};  // of the first bus, 1 MiB for each; 0: not told
  std::uint8_t first = 0, last = 0;
};

}  // namespace tessera::nucleus
