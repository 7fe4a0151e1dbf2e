// SPDX-License-Identifier: Apache-2.0
// How PCI is reached: configuration space in memory for the buses that ACPI tells of, for others by mechanism 1 (PCI Local
// Bus Specification 3.0, 3.2.2.3.2): two I/O ports, with the first 256 bytes of each function.
// Firmware gave buses their numbers and windows their addresses.
#pragma once

#include <optional>

#include "components/genesis/pci_address.hpp"
#include "components/genesis/pci_configuration.hpp"
#include "components/genesis/pci_windows.hpp"
#include "lib/rt/objects.hpp"

namespace tessera::genesis {

class PciBridge {
 public:
  // None: the machine's ports cannot be had. Why its memory is not used is said.
  [[nodiscard]] static std::optional<PciBridge> open();

  [[nodiscard]] std::uint32_t read(PciAddress at, unsigned offset) const;  // offset: a multiple of 4
  void write(PciAddress at, unsigned offset, std::uint32_t value) const;

  [[nodiscard]] static unsigned first_bus() { return 0; }
  [[nodiscard]] static unsigned last_bus() { return 255; }
  // Where windows may be; none: only firmware knows.
  [[nodiscard]] static PciWindows* windows() { return nullptr; }
  [[nodiscard]] static std::optional<std::uint64_t> to_cpu(std::uint64_t address, std::uint64_t) { return address; }
  [[nodiscard]] static std::optional<std::uint32_t> message_sender(std::uint16_t requester) { return requester; }
  [[nodiscard]] static std::optional<std::uint32_t> dma_number(std::uint16_t requester) { return requester; }

 private:
  explicit PciBridge(rt::Handle ports) : ports_(ports) {}
  rt::Handle ports_;  // 0xcf8 to 0xcff
  PciConfiguration configuration_;
};

}  // namespace tessera::genesis
