// SPDX-License-Identifier: Apache-2.0
// ACPI 6.5: RSDP 5.2.5, RSDT/XSDT 5.2.7-8, FADT 5.2.9, MADT 5.2.12, _S5 7.4.2.6. PCI Firmware
// Specification 3.2: MCFG 4.1.2.
#include "acpi.hpp"

#include <algorithm>
#include <cstring>
#include <span>
#include <string_view>

#include "kernel/support/log.hpp"

namespace tessera::nucleus::arch {

namespace {

constexpr std::uint64_t kMappedBytes = std::uint64_t{1} << 32;
constexpr std::size_t kHeaderBytes = 36;
constexpr std::size_t kMostBytes = 4 * 1024 * 1024;

using Bytes = std::span<const std::byte>;

Bytes memory(std::uint64_t address, std::size_t bytes) {
  if (address == 0 || address >= kMappedBytes || bytes > kMappedBytes - address) return {};
  return direct_span<const std::byte>(PhysAddr{address}, bytes);
}

template <typename T>
T get(Bytes from, std::size_t offset) {
  T value{};
  if (offset > from.size() || sizeof(T) > from.size() - offset) return value;
  std::memcpy(&value, from.subspan(offset).data(), sizeof(T));
  return value;
}

bool starts_with(Bytes bytes, std::string_view text) {
  return bytes.size() >= text.size() && std::memcmp(bytes.data(), text.data(), text.size()) == 0;
}

bool sum_is_zero(Bytes bytes) {
  unsigned sum = 0;
  for (const std::byte byte : bytes) sum += static_cast<unsigned>(byte);
  return sum % 256 == 0;
}

// A whole table, or nothing.
Bytes table(std::uint64_t address) {
  const Bytes header = memory(address, kHeaderBytes);
  if (header.empty()) return {};
  const auto bytes = get<std::uint32_t>(header, 4);
  if (bytes < kHeaderBytes || bytes > kMostBytes) return {};
  const Bytes whole = memory(address, bytes);
  if (sum_is_zero(whole)) return whole;
  log("the ACPI table at ", Hex{address}, " is damaged: not used");
  return {};
}

std::uint64_t find_root_pointer() {
  for (std::uint64_t address = 0xe0000; address < 0x100000; address += 16) {
    const Bytes candidate = memory(address, 20);
    if (starts_with(candidate, "RSD PTR ") && sum_is_zero(candidate)) return address;
  }
  return 0;
}

void add_core(AcpiFacts& facts, std::uint32_t id, std::uint32_t flags) {
  if ((flags & 1) == 0) return;  // not there
  if (facts.cores < facts.core_ids.size()) facts.core_ids[facts.cores] = id;
  ++facts.cores;
}

void read_madt(Bytes madt, AcpiFacts& facts) {
  facts.cores = 0;
  for (std::size_t at = 44; at + 2 <= madt.size();) {
    const auto type = get<std::uint8_t>(madt, at);
    const auto bytes = get<std::uint8_t>(madt, at + 1);
    if (bytes < 2 || bytes > madt.size() - at) break;
    const Bytes entry = madt.subspan(at, bytes);
    if (type == 0) add_core(facts, get<std::uint8_t>(entry, 3), get<std::uint32_t>(entry, 4));
    if (type == 9) add_core(facts, get<std::uint32_t>(entry, 4), get<std::uint32_t>(entry, 8));
    if (type == 1 && facts.io_apic_count < facts.io_apics.size()) {
      facts.io_apics[facts.io_apic_count++] = {get<std::uint8_t>(entry, 2), get<std::uint32_t>(entry, 4), get<std::uint32_t>(entry, 8)};
    }
    if (type == 2 && facts.override_count < facts.overrides.size()) {
      const auto flags = get<std::uint16_t>(entry, 8);
      facts.overrides[facts.override_count++] = {get<std::uint32_t>(entry, 4), (flags >> 2 & 3) == 3, (flags & 3) == 3};
    }
    at += bytes;
  }
  facts.cores = std::max(facts.cores, 1u);
}

// Of PCI segment 0, the one that is used.
void read_mcfg(Bytes mcfg, AcpiFacts& facts) {
  constexpr std::size_t kEntryBytes = 16;
  constexpr std::uint64_t kBusBytes = 1 << 20, kEnd = std::uint64_t{1} << 46;
  for (std::size_t at = kHeaderBytes + 8; at + kEntryBytes <= mcfg.size(); at += kEntryBytes) {
    const auto base = get<std::uint64_t>(mcfg, at);  // of bus 0, also where that is not there
    const auto segment = get<std::uint16_t>(mcfg, at + 8);
    const auto first = get<std::uint8_t>(mcfg, at + 10), last = get<std::uint8_t>(mcfg, at + 11);
    if (segment != 0 || first > last || base == 0 || base % kBusBytes != 0 || base >= kEnd) continue;
    facts.pci = {.configuration = PhysAddr{base + first * kBusBytes}, .first = first, .last = last};
    return;
  }
}

// The value for "soft off" is in the DSDT, as Name(_S5, Package { n, ... }): the
// one object that is looked for without an interpreter.
void read_soft_off(Bytes fadt, AcpiFacts& facts) {
  const Bytes dsdt = table(get<std::uint32_t>(fadt, 40));
  for (std::size_t at = kHeaderBytes; at + 8 < dsdt.size(); ++at) {
    if (!starts_with(dsdt.subspan(at), "_S5_")) continue;
    std::size_t value = at + 4;
    if (get<std::uint8_t>(dsdt, value) != 0x12) continue;  // PackageOp
    value += 1 + 1 + (get<std::uint8_t>(dsdt, value + 1) >> 6) + 1;  // length, element count
    if (get<std::uint8_t>(dsdt, value) == 0x0a) ++value;  // BytePrefix
    facts.power_port = static_cast<std::uint16_t>(get<std::uint32_t>(fadt, 64));
    facts.power_value = static_cast<std::uint16_t>((get<std::uint8_t>(dsdt, value) & 7u) << 10 | 1u << 13);
    return;
  }
}

void read_table(Bytes found, AcpiFacts& facts) {
  if (starts_with(found, "APIC")) read_madt(found, facts);
  if (starts_with(found, "FACP")) read_soft_off(found, facts);
  if (starts_with(found, "MCFG")) read_mcfg(found, facts);
  if (starts_with(found, "DMAR")) facts.dmar = read_dmar(found);
  if (starts_with(found, "SRAT")) facts.affinity = found;
  if (starts_with(found, "SLIT")) facts.distances = found;
}

}  // namespace

AcpiFacts read_acpi(PhysAddr& root_pointer) {
  AcpiFacts facts;
  if (root_pointer.value == 0) root_pointer.value = find_root_pointer();
  const Bytes root = memory(root_pointer.value, 36);
  if (!starts_with(root, "RSD PTR ")) {
    root_pointer.value = 0;
    return facts;
  }
  const bool extended = get<std::uint8_t>(root, 15) >= 2 && get<std::uint64_t>(root, 24) != 0;
  const Bytes list = table(extended ? get<std::uint64_t>(root, 24) : get<std::uint32_t>(root, 16));
  const std::size_t step = extended ? 8 : 4;
  for (std::size_t at = kHeaderBytes; at + step <= list.size(); at += step) {
    read_table(table(extended ? get<std::uint64_t>(list, at) : get<std::uint32_t>(list, at)), facts);
  }
  return facts;
}

}  // namespace tessera::nucleus::arch
