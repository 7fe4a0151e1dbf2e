// SPDX-License-Identifier: Apache-2.0
// Builds ACPI's tables of IOMMUs (VT-d specification 8).
#pragma once

#include "tests/unit/kernel/parsers/acpi_table.hpp"

namespace tessera::nucleus::test {

inline AcpiTable dmar() { return AcpiTable("DMAR", 1).add(std::uint8_t{38}).add(std::uint8_t{1}).zeros(10); }

// A unit with an I/O APIC and a device behind two bridges.
inline void add_unit(AcpiTable& table, std::uint64_t address, std::uint16_t segment = 0) {
  table.add(std::uint16_t{0}).add(std::uint16_t{34}).add(std::uint8_t{1}).zeros(1).add(segment).add(address);
  table.add(std::uint8_t{3}).add(std::uint8_t{8}).zeros(2).add(std::uint8_t{2}).add(std::uint8_t{0xff}).add(std::uint8_t{30}).add(std::uint8_t{1});
  table.add(std::uint8_t{1}).add(std::uint8_t{10}).zeros(8);
}

}  // namespace tessera::nucleus::test
