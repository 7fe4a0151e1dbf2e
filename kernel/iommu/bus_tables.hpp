// SPDX-License-Identifier: Apache-2.0
// The tables by which an IOMMU finds what the devices of one bus may do: one for each bus
// on which a device was ever put into a domain, out of a few that were set aside at boot.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "kernel/support/addresses.hpp"

namespace tessera::nucleus {

class BusTables {
 public:
  static constexpr std::size_t kMost = 16;

  // Zeroed memory of kMost tables of so many bytes.
  void start(PhysAddr memory, std::uint64_t bytes) {
    memory_ = memory;
    bytes_ = bytes;
  }
  [[nodiscard]] std::optional<PhysAddr> find(std::uint32_t bus) const {
    for (std::size_t i = 0; i < count_; ++i)
      if (buses_[i] == bus) return memory_.plus(i * bytes_);
    return std::nullopt;
  }
  // One for a bus that has none; none is left.
  [[nodiscard]] std::optional<PhysAddr> add(std::uint32_t bus) {
    if (count_ == kMost) return std::nullopt;
    buses_[count_] = bus;
    return memory_.plus(count_++ * bytes_);
  }

 private:
  PhysAddr memory_{};
  std::uint64_t bytes_ = 0;
  std::array<std::uint32_t, kMost> buses_{};
  std::size_t count_ = 0;
};

}  // namespace tessera::nucleus
