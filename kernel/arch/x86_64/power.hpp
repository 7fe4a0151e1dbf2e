// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace tessera::nucleus::arch {

// ACPI's PM1a control register and the value that switches the machine off.
struct PowerFacts {
  std::uint16_t port = 0;
  std::uint16_t value = 0;
};
void set_power(PowerFacts facts);

}  // namespace tessera::nucleus::arch
