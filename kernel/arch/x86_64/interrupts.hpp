// SPDX-License-Identifier: Apache-2.0
// Device interrupts: I/O APICs and message-signalled interrupts to vectors, and
// vectors to Interrupt objects.
#pragma once

#include <cstdint>

#include "acpi.hpp"
#include "kernel/object/timer.hpp"

namespace tessera::nucleus::arch {

void start_interrupts(const AcpiFacts& acpi);
// An interrupt of this vector came: what is the core's own is done at once. Answers the object
// of one that is a device's, if there is one; its notification is still to be raised.
[[nodiscard]] const Interrupt* take_interrupt(unsigned vector);

}  // namespace tessera::nucleus::arch
