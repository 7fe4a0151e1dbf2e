// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace tessera::genesis {

struct PciAddress {
  std::uint8_t bus = 0;
  std::uint8_t device = 0;    // 0 to 31
  std::uint8_t function = 0;  // 0 to 7

  // As its requests say who they are from.
  [[nodiscard]] constexpr std::uint32_t requester() const { return std::uint32_t{bus} << 8 | std::uint32_t{device} << 3 | function; }
};

}  // namespace tessera::genesis
