// SPDX-License-Identifier: Apache-2.0
// PVH: Xen's public/arch-x86/hvm/start_info.h, version 1. Multiboot2: GNU
// Multiboot2 specification 2.0, 3.6.
#include "boot_protocols.hpp"

#include <algorithm>
#include <cstring>
#include <span>

namespace tessera::nucleus::arch {

namespace {

constexpr std::uint32_t kPvhMagic = 0x336ec578;
constexpr std::uint32_t kMultibootMagic = 0x36d76289;
constexpr std::uint32_t kUsableRam = 1;

struct PvhStart {
  std::uint32_t magic, version, flags, module_count;
  std::uint64_t modules, command_line, rsdp, memory_map;
  std::uint32_t memory_map_entries, reserved;
};
struct PvhModule {
  std::uint64_t start, bytes, command_line, reserved;
};
struct PvhMemory {
  std::uint64_t start, bytes;
  std::uint32_t type, reserved;
};
struct MultibootTag {
  std::uint32_t type, bytes;
};

template <typename T>
T read(std::uint64_t address) {
  T value;
  std::memcpy(&value, direct<const void>(PhysAddr{address}), sizeof value);
  return value;
}

void copy_text(BootFacts& facts, std::uint64_t address, std::size_t limit) {
  for (std::size_t i = 0; i + 1 < facts.command_line.size() && i < limit; ++i) {
    facts.command_line[i] = read<char>(address + i);
    if (facts.command_line[i] == '\0') return;
  }
}

void read_pvh(BootFacts& facts, std::uint32_t information) {
  const auto start = read<PvhStart>(information);
  if (start.magic != kPvhMagic || start.version < 1) {
    facts.error = "the PVH start info is damaged or too old";
    return;
  }
  if (start.command_line != 0) copy_text(facts, start.command_line, facts.command_line.size());
  facts.acpi_rsdp = PhysAddr{start.rsdp};
  for (std::uint32_t i = 0; i < std::min(start.memory_map_entries, 256u); ++i) {
    const auto entry = read<PvhMemory>(start.memory_map + i * sizeof(PvhMemory));
    if (entry.type == kUsableRam) add_ram(facts, entry.start, entry.bytes);
  }
  if (start.module_count > 0) {
    const auto module = read<PvhModule>(start.modules);
    facts.bundle = {PhysAddr{module.start}, PhysAddr{module.start + module.bytes}};
  }
}

void read_multiboot_memory(BootFacts& facts, std::uint64_t tag, std::uint32_t bytes) {
  const auto entry_bytes = read<std::uint32_t>(tag + 8);
  if (entry_bytes < 24) return;
  for (std::uint64_t at = tag + 16; at + entry_bytes <= tag + bytes; at += entry_bytes) {
    const auto entry = read<PvhMemory>(at);  // the same three fields
    if (entry.type == kUsableRam) add_ram(facts, entry.start, entry.bytes);
  }
}

void read_multiboot(BootFacts& facts, std::uint32_t information) {
  const auto total = read<std::uint32_t>(information);
  for (std::uint64_t at = information + 8; at + sizeof(MultibootTag) <= std::uint64_t{information} + total;) {
    const auto tag = read<MultibootTag>(at);
    if (tag.bytes < sizeof(MultibootTag) || tag.type == 0) break;
    switch (tag.type) {
      case 1: copy_text(facts, at + 8, tag.bytes - 8); break;
      case 3:
        if (facts.bundle.empty()) {
          facts.bundle = {PhysAddr{read<std::uint32_t>(at + 8)}, PhysAddr{read<std::uint32_t>(at + 12)}};
        }
        break;
      case 6: read_multiboot_memory(facts, at, tag.bytes); break;
      // A copy of ACPI's root pointer, 1.0 or 2.0.
      case 14:
        if (facts.acpi_rsdp.value == 0) facts.acpi_rsdp = PhysAddr{at + 8};
        break;
      case 15: facts.acpi_rsdp = PhysAddr{at + 8}; break;
      default: break;
    }
    at += align_up(tag.bytes, 8);
  }
}

}  // namespace

void read_boot_information(BootFacts& facts, std::uint32_t protocol, std::uint32_t information) {
  if (protocol == 0) {
    read_pvh(facts, information);
  } else if (protocol == kMultibootMagic) {
    read_multiboot(facts, information);
  } else {
    facts.error = "not started by PVH or Multiboot2";
  }
  if (!facts.error.empty()) return;
  settle_ram(facts);
  if (facts.ram_count == 0) facts.error = "the boot loader reported no memory";
  if (facts.bundle.empty() || facts.bundle.end.value >= std::uint64_t{1} << 32) {
    facts.error = "no bundle: load one as the boot module";
  } else if (!aligned(facts.bundle.start.value, kPageBytes)) {
    facts.error = "the bundle does not begin at a page";
  }
}

}  // namespace tessera::nucleus::arch
