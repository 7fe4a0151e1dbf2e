// SPDX-License-Identifier: Apache-2.0
// Devices' interrupts to Interrupt objects.
#pragma once

namespace tessera::nucleus::arch {

// Handles all that is pending on the running core.
void handle_interrupts();

}  // namespace tessera::nucleus::arch
