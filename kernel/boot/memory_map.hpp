// SPDX-License-Identifier: Apache-2.0
// What the boot protocol said of the machine's memory, in one form whichever
// protocol it was.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "kernel/support/addresses.hpp"

namespace tessera::nucleus {

struct PhysRange {
  PhysAddr start;
  PhysAddr end;  // exclusive
  [[nodiscard]] std::uint64_t bytes() const { return end.value - start.value; }
  [[nodiscard]] bool empty() const { return end <= start; }
};

struct BootFacts {
  std::array<PhysRange, 64> ram{};       // usable RAM, ascending, page-aligned
  std::size_t ram_count = 0;
  PhysRange bundle{};                    // as loaded, bytes exact
  PhysAddr acpi_rsdp{};                  // 0: not told
  PhysRange device_tree{};               // as loaded, bytes exact; empty: none
  std::array<char, 512> command_line{};  // zero-terminated
  std::string_view error{};              // why the machine cannot be used, if so
};

// A range of RAM that the protocol reported; rejects what makes no sense.
void add_ram(BootFacts& facts, std::uint64_t start, std::uint64_t bytes);
// Sorts and merges what was added.
void settle_ram(BootFacts& facts);

// Takes what somebody else uses out of the RAM.
void reserve_ram(BootFacts& facts, const PhysRange& range);

// All RAM (whatever its use) was told to this; devices may not be where it is.
void remember_ram(const BootFacts& facts);
bool ram_overlaps(PhysAddr start, std::uint64_t bytes);

}  // namespace tessera::nucleus
