// SPDX-License-Identifier: Apache-2.0
// What the device tree says of the parts that only such a machine has, as far as the nucleus
// itself uses them.
#pragma once

#include "kernel/boot/tree_facts.hpp"

namespace tessera::nucleus {

// How firmware is called (PSCI 1.1, 5).
enum class Conduit : std::uint8_t { none, hypervisor, secure_monitor };

struct MachineFacts {
  static constexpr std::size_t kMostRedistributors = 8;

  Conduit conduit = Conduit::none;
  PhysRange distributor{};
  std::array<PhysRange, kMostRedistributors> redistributors{};
  std::size_t redistributor_count = 0;
  PhysRange interface{};                          // a GICv2's, which has no redistributors
  PhysRange its{};                                // for message-signalled interrupts; empty: none
  PhysRange uart{};                               // a PL011; empty: none
  std::uint32_t timer_interrupt = 0;              // of the virtual timer; 0: not told
};

// boot.error says why the machine cannot be used, if so.
void read_machine(const DeviceTree& tree, BootFacts& boot, MachineFacts& machine);

}  // namespace tessera::nucleus
