// SPDX-License-Identifier: Apache-2.0
// Devices' interrupts to Interrupt objects.
#pragma once

namespace tessera::nucleus {
struct Interrupt;
}

namespace tessera::nucleus::arch {

// Handles what is pending on the running core up to the first that is a device's, whose object it
// is then. None: nothing is pending any more.
const Interrupt* handle_interrupts();

}  // namespace tessera::nucleus::arch
