// SPDX-License-Identifier: Apache-2.0
// Strong types for the two kinds of address: one does not convert to the other.
#pragma once

#include <compare>
#include <cstdint>

namespace tessera::nucleus {

struct PhysAddr {
  std::uint64_t value = 0;
  constexpr auto operator<=>(const PhysAddr&) const = default;
  [[nodiscard]] constexpr PhysAddr plus(std::uint64_t bytes) const { return {value + bytes}; }
};

struct VirtAddr {
  std::uint64_t value = 0;
  constexpr auto operator<=>(const VirtAddr&) const = default;
  [[nodiscard]] constexpr VirtAddr plus(std::uint64_t bytes) const { return {value + bytes}; }
};

}  // namespace tessera::nucleus
