// SPDX-License-Identifier: Apache-2.0
// Ticks that a machine of one core waited. Under the instruction clock QEMU's clocks go on by the
// host's time while the machine waits for a device, which says nothing of the system that waits. A
// thread of the lowest class soaks that time up: it counts, and each count is as many ticks.
#pragma once

#include <stdint.h>

// Starts it, once, and finds out what a count takes.
void soak(void);
// Waited since soak(); 0 without it.
uint64_t idle_ticks(void);
