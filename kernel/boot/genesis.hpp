// SPDX-License-Identifier: Apache-2.0
// Makes the first component out of the bundle and gives it all there is.
#pragma once

#include <array>

#include "kernel/boot/boot_memory.hpp"
#include "kernel/boot/pci_buses.hpp"

namespace tessera::nucleus {

struct GenesisFacts {
  std::uint64_t clock_hz = 0;
  std::uint64_t clock_boot = 0;
  std::uint64_t features = 0;  // abi::kProcessor*
  std::uint64_t cores = 1;
  std::array<std::uint8_t, 64> core_nodes{};  // by the cores' numbers
  std::size_t node_count = 1;
  Distances distances{{{Topology::kOwnDistance}}};
  PciBuses pci;
  std::array<std::uint64_t, 4> random{};
};

// Leaves genesis ready to run. A bundle that has no usable genesis ends the
// machine with one line that says so.
void start_genesis(const BootFacts& boot, BootMemory& memory, const GenesisFacts& facts);

}  // namespace tessera::nucleus
