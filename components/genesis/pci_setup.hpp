// SPDX-License-Identifier: Apache-2.0
// What firmware does, where there was none: buses behind bridges get their numbers, functions places for their memory
// windows, bridges what lies behind them (PCI-to-PCI Bridge Architecture Specification 1.2, 3.2.5; PCI 3.0, 6.2.5.1).
//
// One pass, depth first: places are handed out in order, so that all that is behind a bridge lies between where its turn began and
// where it ended. Behind a bridge only what is prefetchable may be above 4 GiB. I/O ports and expansion ROMs get nothing.
// A bridge that does not keep its numbers, or for which there are none left, leads nowhere.
#pragma once

#include "components/genesis/pci_registers.hpp"
#include "pci_bridge.hpp"

namespace tessera::genesis {

class PciSetup {
 public:
  static constexpr unsigned kMostBridges = 8;  // one behind the other

  // All functions decode nothing yet.
  PciSetup(const PciBridge& bridge, PciWindows& windows) : bridge_(bridge), windows_(windows), next_bus_(bridge.first_bus() + 1) {}
  void run() { set_up_bus(bridge_.first_bus(), 0, true); }

 private:
  // `wide`: the bridges before it pass on what is prefetchable above 4 GiB.
  void set_up_bus(unsigned bus, unsigned depth, bool wide);
  void set_up_bridge(PciAddress at, unsigned depth, bool wide);
  void place_windows(PciAddress at, unsigned bars, unsigned depth, bool wide);
  [[nodiscard]] std::optional<std::uint64_t> place(std::uint64_t bytes, bool wide_bar, bool prefetchable, unsigned depth, bool wide);
  [[nodiscard]] std::uint32_t read(PciAddress at, unsigned offset) const { return bridge_.read(at, offset); }
  void write(PciAddress at, unsigned offset, std::uint32_t value) const { bridge_.write(at, offset, value); }

  const PciBridge& bridge_;
  PciWindows& windows_;
  unsigned next_bus_;
};

}  // namespace tessera::genesis
