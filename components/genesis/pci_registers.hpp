// SPDX-License-Identifier: Apache-2.0
// Configuration space: offsets and bits that more than one file uses (PCI Local Bus Specification 3.0, 6.1; of bridges: PCI-to-PCI
// Bridge Architecture Specification 1.2, 3.2).
#pragma once

#include <cstdint>

namespace tessera::genesis::pci_registers {

inline constexpr unsigned kIds = 0x00, kCommand = 0x04, kClass = 0x08, kHeaderType = 0x0c, kFirstBar = 0x10, kCapabilities = 0x34, kInterruptLine = 0x3c;
inline constexpr std::uint32_t kMemoryDecoding = 1u << 1, kBusMaster = 1u << 2, kNoLegacyInterrupt = 1u << 10, kHasCapabilities = 1u << 20;
inline constexpr std::uint8_t kExpressCapability = 0x10;

// Of a bridge: the buses before and behind it, and what it passes on of memory, once plain, once prefetchable.
inline constexpr unsigned kBuses = 0x18, kMemory = 0x20, kPrefetchable = 0x24, kPrefetchableFirst = 0x28, kPrefetchableLast = 0x2c;

}  // namespace tessera::genesis::pci_registers
