// SPDX-License-Identifier: Apache-2.0
// PSCI (Arm DEN0022, 1.1): switching off, and starting cores.
#pragma once

#include "kernel/boot/arm_machine.hpp"

namespace tessera::nucleus::arch {

void set_conduit(Conduit conduit);
// The core with this affinity begins at `entry` with the MMU off. False: firmware refused.
bool start_by_firmware(std::uint64_t affinity, PhysAddr entry);

}  // namespace tessera::nucleus::arch
