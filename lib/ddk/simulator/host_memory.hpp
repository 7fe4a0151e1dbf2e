// SPDX-License-Identifier: Apache-2.0
// Memory of a host test that a simulated device reaches, at addresses that are nobody's pointers: a driver that
// tells its device anything else is found out.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <vector>

#include "lib/ddk/dma_region.hpp"

namespace tessera::ddk::simulator {

class HostMemory {
 public:
  // Zeroed, aligned to a page for both sides, with a gap behind it that is no memory.
  DmaRegion make(std::size_t bytes) {
    const std::size_t pages = (bytes + kPage - 1) / kPage;
    auto& block = blocks_.emplace_back(pages);
    const DmaRegion region(std::as_writable_bytes(std::span(block)).first(bytes), next_);
    next_ += (pages + 3) * kPage;
    regions_.push_back(region);
    return region;
  }

  // What the device finds at an address; none: not all of it is memory.
  [[nodiscard]] std::optional<std::span<std::byte>> at(std::uint64_t address, std::uint64_t bytes) const {
    for (const DmaRegion& region : regions_) {
      if (address >= region.address() && region.find(address - region.address(), bytes)) {
        return region.bytes().subspan(address - region.address(), bytes);
      }
    }
    return std::nullopt;
  }

 private:
  static constexpr std::size_t kPage = 4096;
  struct alignas(kPage) Page {
    std::array<std::byte, kPage> bytes{};
  };
  std::vector<std::vector<Page>> blocks_;
  std::vector<DmaRegion> regions_;
  std::uint64_t next_ = 0x1'2340'0000;
};

}  // namespace tessera::ddk::simulator
