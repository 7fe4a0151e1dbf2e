// SPDX-License-Identifier: Apache-2.0
// How PCI is reached: configuration space by mechanism 1 (PCI Local Bus Specification
// 3.0, 3.2.2.3.2), two I/O ports. Firmware gave all windows their addresses.
#pragma once

#include <optional>

#include "components/genesis/pci_address.hpp"
#include "lib/rt/objects.hpp"

namespace tessera::genesis {

class PciBridge {
 public:
  // None: the machine's ports cannot be had.
  [[nodiscard]] static std::optional<PciBridge> open();

  [[nodiscard]] std::uint32_t read(PciAddress at, unsigned offset) const;  // offset: a multiple of 4
  void write(PciAddress at, unsigned offset, std::uint32_t value) const;

  static constexpr bool kPlacesWindows = false;
  [[nodiscard]] static unsigned first_bus() { return 0; }
  [[nodiscard]] static std::optional<std::uint64_t> place(std::uint64_t, bool) { return std::nullopt; }
  [[nodiscard]] static std::optional<std::uint64_t> to_cpu(std::uint64_t address, std::uint64_t) { return address; }
  [[nodiscard]] static std::optional<std::uint32_t> message_sender(PciAddress at) { return at.requester(); }
  [[nodiscard]] static std::optional<std::uint32_t> dma_number(PciAddress at) { return at.requester(); }

 private:
  explicit PciBridge(rt::Handle ports) : ports_(ports) {}
  rt::Handle ports_;  // 0xcf8 to 0xcff
};

}  // namespace tessera::genesis
