// SPDX-License-Identifier: Apache-2.0
// Page-table entries of no real CPU: fields in plain sight.
#pragma once

#include <abi/nucleus.hpp>
#include <cstdint>

#include "kernel/support/address_types.hpp"

namespace tessera::nucleus::arch {

// bits 0-2 rights, 3 leaf, 4 large, 5 device, 6 table, 12-47 address, 52-58 attachment
struct Pte {
  static constexpr std::uint64_t kRights = 7, kLeaf = 8, kLarge = 16, kDevice = 32, kTable = 64, kAddress = 0xffff'ffff'f000;

  static bool used(std::uint64_t entry) { return entry != 0; }
  static bool is_leaf(std::uint64_t entry, unsigned level) { return level == 0 || (entry & kLeaf) != 0; }
  static bool writable(std::uint64_t entry) { return (entry & abi::kRightWrite) != 0; }
  static PhysAddr address(std::uint64_t entry) { return {entry & kAddress}; }
  static unsigned attachment(std::uint64_t entry) { return static_cast<unsigned>(entry >> 52) & 0x7f; }
  static std::uint64_t table(PhysAddr table) { return table.value | kTable; }
  static std::uint64_t leaf(PhysAddr frame, std::uint8_t rights, unsigned number, bool large, bool device) {
    return frame.value | (rights & kRights) | kLeaf | (large ? kLarge : 0) | (device ? kDevice : 0) | (std::uint64_t{number} << 52);
  }
  static std::uint64_t with_rights(std::uint64_t entry, std::uint8_t rights) { return (entry & ~kRights) | (rights & kRights); }
  static std::uint64_t without_write(std::uint64_t entry) { return entry & ~std::uint64_t{abi::kRightWrite}; }
  static std::uint64_t for_copy(std::uint64_t entry) { return entry; }
  static std::uint64_t small_part(std::uint64_t entry, std::uint64_t index) { return (entry & ~kLarge) + index * 4096; }
};

}  // namespace tessera::nucleus::arch
