// SPDX-License-Identifier: Apache-2.0
// What the device tree says of the machine, as far as the nucleus itself uses it.
#pragma once

#include "foreign/device_tree.hpp"
#include "kernel/boot/memory_map.hpp"
#include "kernel/sched/core_set.hpp"

namespace tessera::nucleus::arch {

using foreign::DeviceTree;

// How firmware is called (PSCI 1.1, 5).
enum class Conduit : std::uint8_t { none, hypervisor, secure_monitor };

struct MachineFacts {
  static constexpr std::size_t kMostRedistributors = 8;

  std::array<std::uint64_t, kMostCores> cores{};  // their affinities, as in MPIDR_EL1
  std::size_t core_count = 0;                     // may be more than are kept
  Conduit conduit = Conduit::none;
  PhysRange distributor{};
  std::array<PhysRange, kMostRedistributors> redistributors{};
  std::size_t redistributor_count = 0;
  PhysRange its{};                                // for message-signalled interrupts; empty: none
  bool old_controller = false;                    // a GICv1 or v2 was found
  PhysRange uart{};                               // a PL011; empty: none
  std::uint32_t timer_interrupt = 0;              // of the virtual timer; 0: not told
  std::uint64_t seed = 0;                         // random, of the loader
  std::array<PhysRange, 32> reserved{};           // RAM that is not ours
  std::size_t reserved_count = 0;
};

// Fills both from the tree; boot.error says why the machine cannot be used, if so.
void read_machine(const DeviceTree& tree, BootFacts& boot, MachineFacts& machine);

}  // namespace tessera::nucleus::arch
