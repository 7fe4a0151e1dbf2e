// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace tessera::genesis {

struct PciAddress {
  std::uint8_t bus = 0;
  std::uint8_t device = 0;    // 0 to 31
  std::uint8_t function = 0;  // 0 to 7

  bool operator==(const PciAddress&) const = default;
  // As a requester of PCI Express.
  [[nodiscard]] std::uint16_t number() const { return static_cast<std::uint16_t>(bus << 8 | device << 3 | function); }
};

}  // namespace tessera::genesis
