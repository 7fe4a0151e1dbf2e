// SPDX-License-Identifier: Apache-2.0
// How PCI is reached: a host bridge of the device tree (`pci-host-ecam-generic`: IEEE 1275's PCI
// binding), with configuration space in memory.
// Firmware may have given buses no numbers and windows no addresses: pci_setup.
#pragma once

#include <array>
#include <initializer_list>
#include <optional>
#include <string_view>

#include "components/genesis/machine_tree.hpp"
#include "components/genesis/pci_address.hpp"
#include "components/genesis/pci_configuration.hpp"
#include "components/genesis/pci_windows.hpp"

namespace tessera::genesis {

class PciBridge {
 public:
  // The tree's first that can be used; why another cannot is said.
  [[nodiscard]] static std::optional<PciBridge> open();

  [[nodiscard]] std::uint32_t read(PciAddress at, unsigned offset) const;  // offset: a multiple of 4
  void write(PciAddress at, unsigned offset, std::uint32_t value) const;

  [[nodiscard]] unsigned first_bus() const { return configuration_.first_bus(); }
  [[nodiscard]] unsigned last_bus() const { return configuration_.last_bus(); }
  // Where windows may be; none: only firmware knows.
  [[nodiscard]] PciWindows* windows() { return &windows_; }
  [[nodiscard]] std::optional<std::uint64_t> to_cpu(std::uint64_t address, std::uint64_t bytes) const { return windows_.to_cpu(address, bytes); }
  // The requester's number at the ITS (a GICv2m does not look at it), and at the SMMU.
  [[nodiscard]] std::optional<std::uint32_t> message_sender(std::uint16_t requester) const { return senders_.find(requester); }
  [[nodiscard]] std::optional<std::uint32_t> dma_number(std::uint16_t requester) const { return streams_.find(requester); }

 private:
  // How functions are numbered at something that is behind the bridge.
  struct NumberMap {
    struct Part {
      std::uint32_t first = 0, count = 0;  // by the function's number at the bridge
      std::uint32_t there = 0;             // the first's
    };
    std::array<Part, 4> parts{};
    std::size_t count = 0;
    [[nodiscard]] std::optional<std::uint32_t> find(std::uint16_t requester) const;
  };
  std::string_view read_node(const DeviceTree& tree, const DeviceTree::Node& node);
  // Of the tree's first node of the first kind that it has, which is the one that the nucleus uses.
  static void read_numbers(const DeviceTree& tree, const DeviceTree::Node& node, std::string_view map_name,
                           std::initializer_list<std::string_view> kinds, NumberMap& into);

  PciConfiguration configuration_;
  PciWindows windows_;
  NumberMap senders_, streams_;
};

}  // namespace tessera::genesis
