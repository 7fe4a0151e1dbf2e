// SPDX-License-Identifier: Apache-2.0
// Device interrupts: I/O APICs and message-signalled interrupts to vectors, and
// vectors to Interrupt objects.
#pragma once

#include <cstdint>

#include "acpi.hpp"

namespace tessera::nucleus::arch {

void start_interrupts(const AcpiFacts& acpi);
// An interrupt of this vector came.
void handle_interrupt(unsigned vector);

}  // namespace tessera::nucleus::arch
