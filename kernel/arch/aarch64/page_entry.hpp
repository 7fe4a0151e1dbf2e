// SPDX-License-Identifier: Apache-2.0
// Page-table entries (Arm ARM D8.3, stage 1, 4 KiB granule). Bits that the CPU ignores
// carry what the nucleus needs: bits 55-61 of a leaf its attachment, bit 62 that it is
// one (also when no access is allowed and the valid bit is off).
#pragma once

#include <cstdint>

#include <abi/nucleus.hpp>

#include "kernel/support/address_types.hpp"
#include "offsets.h"

namespace tessera::nucleus::arch {

constexpr std::uint64_t attribute(unsigned index) { return std::uint64_t{index} << 2; }  // of MAIR_EL1

struct Pte {
  static constexpr std::uint64_t kValid = 1, kPage = 2, kTable = 3, kUser = 1 << 6, kReadOnly = 1 << 7, kInnerShareable = 3 << 8,
                                 kAccessed = 1 << 10, kNotGlobal = 1 << 11, kGuarded = std::uint64_t{1} << 50,
                                 kNucleusNoExecute = std::uint64_t{1} << 53,
                                 kUserNoExecute = std::uint64_t{1} << 54, kLeaf = std::uint64_t{1} << 62,
                                 kAddress = 0x0000'ffff'ffff'f000;
  static constexpr unsigned kAttachmentShift = 55;

  // Of the nucleus' own memory and devices, without the right to execute.
  static constexpr std::uint64_t kOwn = kValid | kInnerShareable | kAccessed | kUserNoExecute | kNucleusNoExecute |
                                        attribute(ATTRIBUTE_NORMAL);
  static constexpr std::uint64_t kOwnDevice = kValid | kPage | kAccessed | kUserNoExecute | kNucleusNoExecute |
                                              attribute(ATTRIBUTE_DEVICE);

  static bool used(std::uint64_t entry) { return entry != 0; }
  static bool is_leaf(std::uint64_t entry, unsigned level) { return level == 0 || (entry & kLeaf) != 0; }
  static bool writable(std::uint64_t entry) { return (entry & kReadOnly) == 0; }
  static PhysAddr address(std::uint64_t entry) { return {entry & kAddress}; }
  static unsigned attachment(std::uint64_t entry) { return static_cast<unsigned>(entry >> kAttachmentShift) & 0x7f; }

  static std::uint64_t table(PhysAddr table) { return table.value | kTable; }
  static std::uint64_t rights_bits(std::uint8_t rights) {
    std::uint64_t bits = 0;
    if (rights != 0) bits |= kValid | kUser;
    if ((rights & abi::kRightWrite) == 0) bits |= kReadOnly;
    if ((rights & abi::kRightExecute) == 0) bits |= kUserNoExecute;
    if ((rights & abi::kMapGuarded) != 0) bits |= kGuarded;
    return bits;
  }
  static std::uint64_t leaf(PhysAddr frame, std::uint8_t rights, unsigned number, bool large, bool device) {
    return frame.value | rights_bits(rights) | kLeaf | kAccessed | kNotGlobal | kNucleusNoExecute |
           (std::uint64_t{number} << kAttachmentShift) | (large ? 0 : kPage) |
           (device ? attribute(ATTRIBUTE_DEVICE) : kInnerShareable | attribute(ATTRIBUTE_NORMAL));
  }
  static std::uint64_t with_rights(std::uint64_t entry, std::uint8_t rights) {
    return (entry & ~(kValid | kUser | kReadOnly | kUserNoExecute | kGuarded)) | rights_bits(rights);
  }
  static std::uint64_t without_write(std::uint64_t entry) { return entry | kReadOnly; }
  static std::uint64_t for_copy(std::uint64_t entry) { return entry; }
  // Entry `index` of the table that replaces a large leaf.
  static std::uint64_t small_part(std::uint64_t entry, std::uint64_t index) { return (entry | kPage) + index * 4096; }
};

}  // namespace tessera::nucleus::arch
