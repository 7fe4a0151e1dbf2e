// SPDX-License-Identifier: Apache-2.0
// Registers of a VT-d unit (specification 3.3, 11.4) and how it is commanded: for vtd.cpp and vtd_interrupts.cpp.
#pragma once

#include "kernel/support/addresses.hpp"
#include "kernel/support/registers.hpp"

namespace tessera::nucleus::vtd {

inline constexpr std::size_t kCapability = 0x08, kExtended = 0x10, kCommand = 0x18, kStatus = 0x1c, kRoot = 0x20, kFaultStatus = 0x34,
                             kFaultControl = 0x38, kFaultData = 0x3c, kFaultAddress = 0x40, kFaultAddressHigh = 0x44, kProtected = 0x64,
                             kQueueHead = 0x80, kQueueTail = 0x88, kQueueAddress = 0x90, kInterruptTable = 0xb8;
// Of the command and the status.
inline constexpr std::uint32_t kTranslates = 1u << 31, kSetRoot = 1u << 30, kQueues = 1u << 26, kRemapsInterrupts = 1u << 25,
                               kSetInterruptTable = 1u << 24, kOldMessages = 1u << 23;
inline constexpr std::uint32_t kOneShots = 0x6900'0000;  // of the command: what is not kept

enum Descriptor : std::uint64_t { kContextCache = 1, kTranslations = 2, kInterrupts = 4, kWait = 5 };

inline constexpr unsigned kMostLooks = 1'000'000;  // at boot
inline constexpr unsigned kLooks = 2'000;          // while others wait

inline bool wait_for(const Registers& registers, std::size_t place, std::uint32_t bits, bool set) {
  for (unsigned i = 0; i < kMostLooks; ++i) {
    if (((registers.read(place) & bits) != 0) == set) return true;
    arch::relax();
  }
  return false;
}

inline bool command(const Registers& registers, std::uint32_t bit, bool set) {
  const std::uint32_t kept = registers.read(kStatus) & ~kOneShots;
  registers.write(kCommand, set ? kept | bit : kept & ~bit);
  return wait_for(registers, kStatus, bit, set);
}

}  // namespace tessera::nucleus::vtd
