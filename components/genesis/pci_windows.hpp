// SPDX-License-Identifier: Apache-2.0
// Where a host bridge of a device tree lets its devices' registers be (`ranges` of IEEE 1275's PCI
// binding, 2.2.1.1): PCI addresses, where the CPU finds them, and places that nobody has yet.
#pragma once

#include <array>
#include <optional>

#include "foreign/device_tree.hpp"

namespace tessera::genesis {

class PciWindows {
 public:
  // Ports, and what makes no sense, are left out; so are windows behind the fourth.
  static PciWindows read(foreign::DeviceTree::Bytes ranges, const foreign::DeviceTree::Bus& parent);

  // A PCI address for `bytes` (a power of two), a multiple of them, which lies behind 4 GiB only if `wide`.
  [[nodiscard]] std::optional<std::uint64_t> place(std::uint64_t bytes, bool wide);
  // The same in just one of the windows, the first that lies behind 4 GiB or the first that does not: what is placed so lies together.
  [[nodiscard]] std::optional<std::uint64_t> place_in(std::uint64_t bytes, bool wide);
  // Where that one goes on, at a multiple of this; 0: there is none, or nothing left.
  std::uint64_t align(std::uint64_t multiple, bool wide);
  // Where the CPU finds these bytes.
  [[nodiscard]] std::optional<std::uint64_t> to_cpu(std::uint64_t address, std::uint64_t bytes) const;

 private:
  struct Window {
    std::uint64_t pci = 0, cpu = 0, bytes = 0;
    std::uint64_t used = 0;
    bool wide = false;

    // The first free multiple of this.
    [[nodiscard]] std::optional<std::uint64_t> next(std::uint64_t multiple) const;
    std::optional<std::uint64_t> place(std::uint64_t size);
  };
  [[nodiscard]] Window* first(bool wide);
  [[nodiscard]] std::span<Window> windows() { return std::span(all_).first(count_); }
  [[nodiscard]] std::span<const Window> windows() const { return std::span(all_).first(count_); }

  std::array<Window, 4> all_{};
  std::size_t count_ = 0;
};

}  // namespace tessera::genesis
