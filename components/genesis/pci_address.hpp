// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace tessera::genesis {

struct PciAddress {
  std::uint8_t bus = 0;
  std::uint8_t device = 0;    // 0 to 31
  std::uint8_t function = 0;  // 0 to 7
  friend bool operator==(const PciAddress&, const PciAddress&) = default;
};

}  // namespace tessera::genesis
