// SPDX-License-Identifier: Apache-2.0
// PCI configuration space by mechanism 1 (PCI Local Bus Specification 3.0,
// 3.2.2.3.2): two I/O ports. What a device says of itself is not trusted: lists of
// capabilities are followed a bounded number of steps.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "lib/rt/objects.hpp"

namespace tessera::genesis {

struct PciAddress {
  std::uint8_t bus = 0;
  std::uint8_t device = 0;    // 0 to 31
  std::uint8_t function = 0;  // 0 to 7
};

struct PciFunction {
  PciAddress address;
  std::uint16_t vendor = 0;
  std::uint16_t device = 0;
};

// A memory window of a function.
struct PciBar {
  unsigned number = 0;
  std::uint64_t address = 0;
  std::uint64_t bytes = 0;  // a power of two
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

class Pci {
 public:
  // `ports`: IoPorts 0xcf8 to 0xcff.
  explicit Pci(rt::Handle ports) : ports_(ports) {}

  // The nth function of this vendor and device, on any bus.
  [[nodiscard]] std::optional<PciFunction> find(std::uint16_t vendor, std::uint16_t device, unsigned nth) const;

  [[nodiscard]] std::uint32_t read(PciAddress at, unsigned offset) const;  // offset: a multiple of 4
  void write(PciAddress at, unsigned offset, std::uint32_t value) const;

  // Memory windows that have an address; decoding is off while they are measured.
  [[nodiscard]] std::size_t measure_bars(PciAddress at, std::span<PciBar, 6> bars) const;
  [[nodiscard]] std::size_t virtio_capabilities(PciAddress at, std::span<VirtioCapability, 8> found) const;
  [[nodiscard]] std::optional<MsixTable> msix(PciAddress at) const;

  // Memory decoding, bus mastering and MSI-X on, legacy interrupt off; or all off.
  void enable(PciAddress at, const std::optional<MsixTable>& msix) const;
  void disable(PciAddress at, const std::optional<MsixTable>& msix) const;

 private:
  struct Search;
  void search_bus(Search& search, unsigned bus, unsigned depth) const;
  [[nodiscard]] std::size_t capabilities(PciAddress at, std::uint8_t id, std::span<std::uint8_t> offsets) const;

  rt::Handle ports_;
};

}  // namespace tessera::genesis
