// SPDX-License-Identifier: Apache-2.0
// ACPI's table of IOMMUs (DMAR): where each unit's registers are, and as which device each
// I/O APIC sends its interrupts. Firmware's bytes: every length is checked.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace tessera::nucleus {

struct DmarIoApic {
  std::uint8_t id = 0;  // as the MADT has it
  std::uint16_t device = 0;
};

struct DmarFacts {
  static constexpr std::size_t kMostUnits = 8, kMostIoApics = 8;

  std::array<std::uint64_t, kMostUnits> units{};  // addresses of registers, page-aligned, below 2^48
  std::size_t unit_count = 0;                     // 0: there are none, or `why` says why they are not used
  std::array<DmarIoApic, kMostIoApics> io_apics{};
  std::size_t io_apic_count = 0;
  bool interrupt_remapping = false;               // the platform has it
  std::string_view why;

  [[nodiscard]] std::span<const std::uint64_t> all() const { return std::span(units).first(unit_count); }
};

// Of the whole table, its header included.
[[nodiscard]] DmarFacts read_dmar(std::span<const std::byte> table);

}  // namespace tessera::nucleus
