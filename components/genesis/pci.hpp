// SPDX-License-Identifier: Apache-2.0
// Functions on PCI and what they say of themselves (PCI Local Bus Specification 3.0, 6),
// which is not trusted: lists of capabilities are followed a bounded number of steps. How
// configuration space is reached is the architecture's: pci_bridge.hpp.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "pci_bridge.hpp"

namespace tessera::genesis {

struct PciFunction {
  PciAddress address;
  std::uint16_t vendor = 0;
  std::uint16_t device = 0;
};

// What is looked for: one vendor's device, or all of a class.
struct PciKind {
  std::uint16_t vendor = 0;
  std::uint16_t device = 0;
  std::optional<std::uint32_t> class_code;  // class, subclass, programming interface; then the others are of no matter
};

// A memory window of a function.
struct PciBar {
  unsigned number = 0;
  std::uint64_t address = 0;  // the CPU's
  std::uint64_t bytes = 0;    // a power of two
};

// A vendor capability of virtio (virtio 1.1, 4.1.4).
struct VirtioCapability {
  std::uint8_t type = 0;  // 1 common, 2 notify, 3 interrupt status, 4 device
  std::uint8_t bar = 0;
  std::uint32_t offset = 0;
  std::uint32_t length = 0;
  std::uint32_t multiplier = 0;  // notify only
};

struct MsixTable {
  std::uint8_t capability = 0;  // its offset in configuration space
  std::uint8_t bar = 0;
  std::uint32_t offset = 0;
  std::uint32_t entries = 0;
};

// Message-signalled interrupts without a table (6.8.1), of which one message is used.
struct MsiCapability {
  std::uint8_t capability = 0;  // its offset in configuration space
  bool wide = false;            // an address has 64 bits
};

class Pci {
 public:
  explicit Pci(const PciBridge& bridge);

  // The nth function of all, and of a kind: each bus in order, what is behind a bridge where the bridge is. None: there are fewer,
  // and `nth` is less by as many as there are.
  [[nodiscard]] std::optional<PciFunction> function(std::size_t& nth) const;
  [[nodiscard]] std::optional<PciFunction> find(const PciKind& kind, unsigned nth) const;

  // Memory windows that have an address; decoding is off meanwhile.
  [[nodiscard]] std::size_t measure_bars(PciAddress at, std::span<PciBar, 6> bars);
  [[nodiscard]] std::size_t virtio_capabilities(PciAddress at, std::span<VirtioCapability, 8> found) const;
  [[nodiscard]] std::optional<MsixTable> msix(PciAddress at) const;
  [[nodiscard]] std::optional<MsiCapability> msi(PciAddress at) const;

  // What it is: class, subclass, programming interface.
  [[nodiscard]] std::uint32_t class_code(PciAddress at) const { return read(at, 0x08) >> 8; }

  // The function as what it writes says that it is: behind a conventional bridge that speaks for it.
  [[nodiscard]] std::uint16_t requester(PciAddress at) const;
  // The function as the interrupt controller knows it; none: it knows no messages of it.
  [[nodiscard]] std::optional<std::uint32_t> message_sender(PciAddress at) const { return bridge_.message_sender(requester(at)); }
  // No other window, of this function or another, begins in the page of this one.
  [[nodiscard]] bool alone_in_page(PciAddress at, unsigned bar, std::uint64_t address) const;

  // The function as the IOMMU knows it; none: it is behind none. And back.
  [[nodiscard]] std::optional<std::uint32_t> dma_number(PciAddress at) const { return bridge_.dma_number(requester(at)); }
  [[nodiscard]] std::optional<PciAddress> with_dma_number(std::uint32_t number) const;

  // Memory decoding, bus mastering and MSI-X on, legacy interrupt off, and the bridges before it pass on; or all of its own off.
  void enable(PciAddress at, const std::optional<MsixTable>& msix) const;
  void disable(PciAddress at, const std::optional<MsixTable>& msix) const;
  // The function's one message, from now on. False: it cannot have that address.
  bool set_message(PciAddress at, const MsiCapability& msi, std::uint64_t address, std::uint64_t data) const;
  void clear_message(PciAddress at, const MsiCapability& msi) const;
  // Function level reset: afterwards the function has forgotten all, touches no memory, and its windows are where they
  // were, with decoding off until enable(). Takes 100 ms. False: it has no such thing, and nothing was done.
  bool reset_function(PciAddress at) const;

 private:
  // Visits functions until one is what is looked for: `Visit` is bool(PciAddress, std::uint32_t ids).
  template <typename Visit>
  bool walk(Visit visit) const;
  using Seen = std::array<bool, 256>;  // buses: no bridge leads to one twice
  template <typename Visit>
  bool walk_bus(unsigned bus, unsigned depth, Seen& seen, Visit& visit) const;
  [[nodiscard]] unsigned bus_behind(PciAddress at) const;
  // None: it is the first bus.
  [[nodiscard]] std::optional<PciAddress> bridge_to(unsigned bus) const;
  [[nodiscard]] bool has_window(PciAddress at) const;
  [[nodiscard]] std::uint32_t read(PciAddress at, unsigned offset) const { return bridge_.read(at, offset); }
  void write(PciAddress at, unsigned offset, std::uint32_t value) const { bridge_.write(at, offset, value); }
  [[nodiscard]] std::size_t capabilities(PciAddress at, std::uint8_t id, std::span<std::uint8_t> offsets) const;
  [[nodiscard]] bool begin_reset(PciAddress at) const;

  PciBridge bridge_;
};

}  // namespace tessera::genesis
