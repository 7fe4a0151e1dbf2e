// SPDX-License-Identifier: Apache-2.0
// The few facts of ACPI that the nucleus itself needs: interrupt controllers and
// how to switch the machine off. Tables are firmware's: every length is checked.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "kernel/boot/pci_buses.hpp"
#include "kernel/iommu/dmar.hpp"
#include "kernel/sched/cores.hpp"
#include "kernel/support/addresses.hpp"

namespace tessera::nucleus::arch {

inline constexpr std::size_t kMostIoApics = 8, kMostCores = 64;

struct IoApicFact {
  std::uint8_t id = 0;
  std::uint64_t address = 0;
  std::uint32_t first = 0;
};
struct InterruptOverride {
  std::uint64_t source = 0;  // global system interrupt
  bool level = false, active_low = false;
};
struct AcpiFacts {
  std::array<IoApicFact, kMostIoApics> io_apics{};
  std::size_t io_apic_count = 0;
  std::array<InterruptOverride, 16> overrides{};
  std::size_t override_count = 0;
  std::uint32_t cores = 1;  // found; the first kMostCores of them:
  std::array<std::uint32_t, kMostCores> core_ids{};  // of their local APICs
  std::uint16_t power_port = 0;  // PM1a control; 0: not found
  std::uint16_t power_value = 0;
  DmarFacts dmar;  // IOMMUs
  PciBuses pci;
  // Of nodes (SRAT) and of how far apart they are (SLIT), as firmware left them; of use
  // as long as RAM is identity-mapped.
  std::span<const std::byte> affinity, distances;
};

// Reads the tables from the root pointer; finds that itself when it is 0. The
// first 4 GiB must be identity-mapped.
AcpiFacts read_acpi(PhysAddr& root_pointer);

}  // namespace tessera::nucleus::arch
