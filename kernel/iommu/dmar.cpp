// SPDX-License-Identifier: Apache-2.0
// VT-d specification 8.1 (DMAR), 8.3 (DRHD and device scopes).
#include "kernel/iommu/dmar.hpp"

#include <cstring>

namespace tessera::nucleus {

namespace {

using Bytes = std::span<const std::byte>;

constexpr std::size_t kHeadBytes = 48, kFlags = 37;
constexpr std::size_t kUnitBytes = 16, kScopeBytes = 6, kPathBytes = 2;
constexpr std::uint16_t kUnit = 0;
constexpr std::uint8_t kIoApicScope = 3;
constexpr std::uint64_t kPage = 4096, kEnd = std::uint64_t{1} << 48;

// Of what the caller knows to be there.
template <typename T>
T get(Bytes from, std::size_t offset) {
  T value{};
  std::memcpy(&value, from.subspan(offset, sizeof(T)).data(), sizeof(T));
  return value;
}

// The I/O APICs among a unit's devices. One behind a bridge is not known: firmware may have numbered its bus anew.
void read_scopes(Bytes scopes, DmarFacts& facts) {
  while (scopes.size() >= kScopeBytes) {
    const auto bytes = get<std::uint8_t>(scopes, 1);
    if (bytes < kScopeBytes || bytes > scopes.size()) return;
    if (get<std::uint8_t>(scopes, 0) == kIoApicScope && bytes == kScopeBytes + kPathBytes && facts.io_apic_count < facts.io_apics.size()) {
      const unsigned bus = get<std::uint8_t>(scopes, 5), device = get<std::uint8_t>(scopes, 6), function = get<std::uint8_t>(scopes, 7);
      facts.io_apics[facts.io_apic_count++] = {.id = get<std::uint8_t>(scopes, 4),
                                               .device = static_cast<std::uint16_t>(bus << 8 | (device & 31) << 3 | (function & 7))};
    }
    scopes = scopes.subspan(bytes);
  }
}

std::string_view read_unit(Bytes entry, DmarFacts& facts) {
  if (entry.size() < kUnitBytes) return "is damaged";
  if (get<std::uint16_t>(entry, 6) != 0) return "has units for other segments of PCI than the first";
  const auto address = get<std::uint64_t>(entry, 8);
  if (address == 0 || address % kPage != 0 || address >= kEnd) return "has a unit whose registers cannot be where it says";
  for (const std::uint64_t other : facts.all())
    if (other == address) return "has two units with the same registers";
  if (facts.unit_count == facts.units.size()) return "has too many units";
  facts.units[facts.unit_count++] = address;
  read_scopes(entry.subspan(kUnitBytes), facts);
  return {};
}

std::string_view read_entries(Bytes rest, DmarFacts& facts) {
  while (!rest.empty()) {
    constexpr std::size_t kEntryHead = 4;
    if (rest.size() < kEntryHead) return "is damaged";
    const auto type = get<std::uint16_t>(rest, 0), bytes = get<std::uint16_t>(rest, 2);
    if (bytes < kEntryHead || bytes > rest.size()) return "is damaged";
    if (type == kUnit) {
      if (const std::string_view why = read_unit(rest.first(bytes), facts); !why.empty()) return why;
    }
    rest = rest.subspan(bytes);
  }
  return {};
}

}  // namespace

DmarFacts read_dmar(Bytes table) {
  DmarFacts facts;
  if (table.size() < kHeadBytes) {
    facts.why = "is damaged";
    return facts;
  }
  facts.interrupt_remapping = (get<std::uint8_t>(table, kFlags) & 1) != 0;
  facts.why = read_entries(table.subspan(kHeadBytes), facts);
  if (facts.why.empty()) return facts;
  return DmarFacts{.why = facts.why};
}

}  // namespace tessera::nucleus
