// SPDX-License-Identifier: Apache-2.0
// What an IOMMU refused.
#pragma once

#include <cstdint>

namespace tessera::nucleus {

struct DmaFault {
  enum class Kind : std::uint8_t { read = 1, write = 2, other = 3 };  // of the ABI
  Kind kind = Kind::other;
  bool lost = false;  // there were more before
  std::uint32_t device = 0;
  std::uint64_t address = 0;
  std::uint8_t reason = 0;
};

}  // namespace tessera::nucleus
