// SPDX-License-Identifier: Apache-2.0
// What Intel's IOMMUs do about a message of a device (VT-d specification 9.9): a message names an entry of their table, and
// the entry says what comes of it and who may send it. The message itself: 5.1.2.2; as a line of an I/O APIC has it: 5.1.5.1.
#pragma once

#include <cstdint>

namespace tessera::nucleus {

struct InterruptEntry {
  static constexpr std::uint64_t kPresent = 1, kSilent = 2, kLevel = 1 << 4;
  std::uint64_t low = 0, high = 0;  // nothing comes of it, and that is a fault

  // This vector of the core whose local APIC has this number (8 bits), from the device with this requester number only.
  static InterruptEntry of(unsigned vector, std::uint32_t apic, bool level, std::uint16_t sender) {
    constexpr std::uint64_t kWholeSender = 1 << 18;
    return {.low = kPresent | (level ? kLevel : 0) | std::uint64_t{vector} << 16 | std::uint64_t{apic & 0xff} << 40, .high = kWholeSender | sender};
  }
  // Nothing comes of it, and nobody is told.
  static InterruptEntry silent() { return {.low = kSilent}; }

  // The message that names an entry; its data is 0.
  static std::uint64_t message_address(unsigned index) { return 0xfee0'0010 | std::uint64_t{index & 0x7fff} << 5; }
  // The upper half of a line that does.
  static std::uint32_t line(unsigned index) { return (index & 0x7fff) << 17 | 1u << 16; }
};

}  // namespace tessera::nucleus
