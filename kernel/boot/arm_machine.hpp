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
  PhysRange message_frame{};                      // the same, a GICv2m's, where there is no ITS
  std::uint32_t first_line = 0, line_count = 0;   // what that raises, as interrupts are numbered; 0: its registers say
  PhysRange uart{};                               // a PL011; empty: none
  std::uint32_t timer_interrupt = 0;              // of the virtual timer; 0: not told
};

// What a GICv2m's frame raises, as interrupts are numbered.
struct MessageLines {
  std::uint32_t first = 0, count = 0;
};
// `told`: by its register MSI_TYPER. None: they are not among the controller's, which end before `end`.
MessageLines message_lines_of(const MachineFacts& machine, std::uint32_t told, std::uint32_t end);

// boot.error says why the machine cannot be used, if so.
void read_machine(const DeviceTree& tree, BootFacts& boot, MachineFacts& machine);

}  // namespace tessera::nucleus
