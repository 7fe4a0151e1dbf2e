// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "lib/format/elf.hpp"

namespace tessera::genesis {
inline constexpr std::uint16_t kElfMachine = format::kMachineArm64;
}
