// SPDX-License-Identifier: Apache-2.0
// Device interrupts: I/O APICs and message-signalled interrupts to vectors, and
// vectors to Interrupt objects.
#pragma once

#include <cstdint>

#include "acpi.hpp"
#include "kernel/object/interrupt.hpp"

namespace tessera::nucleus::arch {

void start_interrupts(const AcpiFacts& acpi);
// Whether the IOMMU can tell whose interrupt is whose.
[[nodiscard]] bool io_apics_are_known();
// An interrupt of this vector came: what is the core's own is done at once. Answers the object
// of one that is a device's, if there is one; its notification is still to be raised.
[[nodiscard]] const Interrupt* take_interrupt(unsigned vector) REQUIRES(object_lock);

}  // namespace tessera::nucleus::arch
