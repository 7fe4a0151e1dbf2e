// SPDX-License-Identifier: Apache-2.0
// Page-table entries (Intel SDM 3, 4.5). Bits that the CPU ignores carry what
// the nucleus needs: bit 9 marks a leaf that exists (also when no access is
// allowed and the present bit is off), bits 52-58 its attachment.
#pragma once

#include <cstdint>

#include <abi/nucleus.hpp>

#include "kernel/support/address_types.hpp"

namespace tessera::nucleus::arch {

struct Pte {
  static constexpr std::uint64_t kPresent = 1, kWrite = 2, kUser = 4, kWriteThrough = 8, kCacheOff = 16, kAccessed = 32,
                                 kDirty = 64, kLarge = 128, kLeaf = std::uint64_t{1} << 9, kNoExecute = std::uint64_t{1} << 63,
                                 kAddress = 0x000f'ffff'ffff'f000;
  static constexpr unsigned kAttachmentShift = 52;

  static bool used(std::uint64_t entry) { return entry != 0; }
  static bool is_leaf(std::uint64_t entry, unsigned level) { return level == 0 || (entry & kLeaf) != 0; }
  static bool writable(std::uint64_t entry) { return (entry & kWrite) != 0; }
  static PhysAddr address(std::uint64_t entry) { return {entry & kAddress}; }
  static unsigned attachment(std::uint64_t entry) { return static_cast<unsigned>(entry >> kAttachmentShift) & 0x7f; }

  static std::uint64_t table(PhysAddr table) { return table.value | kPresent | kWrite | kUser; }
  static std::uint64_t rights_bits(std::uint8_t rights) {
    std::uint64_t bits = 0;
    if (rights != 0) bits |= kPresent | kUser;
    if ((rights & abi::kRightWrite) != 0) bits |= kWrite;
    if ((rights & abi::kRightExecute) == 0) bits |= kNoExecute;
    return bits;
  }
  static std::uint64_t leaf(PhysAddr frame, std::uint8_t rights, unsigned number, bool large, bool device) {
    return frame.value | rights_bits(rights) | kLeaf | kAccessed | (std::uint64_t{number} << kAttachmentShift) |
           (large ? kLarge : 0) | (device ? kCacheOff | kWriteThrough : 0) | ((rights & abi::kRightWrite) != 0 ? kDirty : 0);
  }
  static std::uint64_t with_rights(std::uint64_t entry, std::uint8_t rights) {
    return (entry & ~(kPresent | kUser | kWrite | kNoExecute)) | rights_bits(rights);
  }
  static std::uint64_t without_write(std::uint64_t entry) { return entry & ~kWrite; }
  static std::uint64_t for_copy(std::uint64_t entry) { return entry; }
  // Entry `index` of the table that replaces a large leaf.
  static std::uint64_t small_part(std::uint64_t entry, std::uint64_t index) { return (entry & ~kLarge) + index * 4096; }
};

}  // namespace tessera::nucleus::arch
