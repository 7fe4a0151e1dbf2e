// SPDX-License-Identifier: Apache-2.0
// A host bridge whose functions are arrays of words, with windows of a device tree.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <optional>

#include "components/genesis/pci_address.hpp"
#include "components/genesis/pci_windows.hpp"

namespace tessera::genesis {

struct FakeFunction {
  std::array<std::uint32_t, 64> words{};
  std::array<std::uint32_t, 6> bar_masks{};  // bits that can be written
  // Writing this bit resets it: all that was set is forgotten.
  unsigned reset_offset = 0;
  std::uint32_t reset_bit = 0;
  unsigned resets = 0;
  unsigned fixed = 0;  // the number of a word that cannot be written; 0: none

  void reset() {
    ++resets;
    words[1] &= 0xffff'0000;
    for (unsigned number = 0; number < bar_masks.size(); ++number) words[4 + number] &= ~bar_masks[number];
    words[15] = 0;
  }
};

struct FakeBus {
  std::map<unsigned, FakeFunction> functions;
  unsigned reads = 0;
  static unsigned number(PciAddress at) { return at.bus * 256u + at.device * 8u + at.function; }
  FakeFunction& operator[](PciAddress at) { return functions[number(at)]; }
};

class PciBridge {
 public:
  PciBridge(std::shared_ptr<FakeBus> bus, PciWindows windows) : bus_(std::move(bus)), windows_(windows) {}

  [[nodiscard]] std::uint32_t read(PciAddress at, unsigned offset) const {
    ++bus_->reads;
    const auto found = bus_->functions.find(FakeBus::number(at));
    return found == bus_->functions.end() ? ~0u : found->second.words[offset / 4];
  }
  void write(PciAddress at, unsigned offset, std::uint32_t value) const {
    FakeFunction& function = (*bus_)[at];
    std::uint32_t& word = function.words[offset / 4];
    if (function.fixed != 0 && offset / 4 == function.fixed) return;
    // Of a bridge all but its first two windows is something else.
    const bool window = offset >= 0x10 && offset < ((function.words[3] & 0x7f'0000) == 0 ? 0x28u : 0x18u);
    const std::uint32_t mask = window ? function.bar_masks[offset / 4 - 4] : offset == 4 ? 0xffffu : ~0u;
    word = (word & ~mask) | (value & mask);
    if (function.reset_bit == 0 || offset != function.reset_offset || (value & function.reset_bit) == 0) return;
    word &= ~function.reset_bit;
    function.reset();
  }

  [[nodiscard]] static unsigned first_bus() { return 0; }
  [[nodiscard]] static unsigned last_bus() { return 255; }
  [[nodiscard]] PciWindows* windows() { return &windows_; }
  [[nodiscard]] std::optional<std::uint64_t> to_cpu(std::uint64_t address, std::uint64_t bytes) const { return windows_.to_cpu(address, bytes); }
  [[nodiscard]] static std::optional<std::uint32_t> message_sender(std::uint16_t) { return std::nullopt; }
  [[nodiscard]] static std::optional<std::uint32_t> dma_number(std::uint16_t) { return std::nullopt; }

 private:
  std::shared_ptr<FakeBus> bus_;
  PciWindows windows_;
};

}  // namespace tessera::genesis
