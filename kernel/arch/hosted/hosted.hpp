// SPDX-License-Identifier: Apache-2.0
// What a test does to the hosted machine.
#pragma once

#include <cstdint>
#include <string>

namespace tessera::nucleus::arch::hosted {

void reset();                       // a fresh core, time 0, an empty log
void advance(std::uint64_t ns);     // time passes; the timer fires if it is due
void advance_in_window(std::uint64_t ns);  // the same in the middle of a call: scheduling comes later
// The next `count` preemption points find an interrupt that wants another thread.
void interrupt_at_preemption(unsigned count);
unsigned interrupts_left();         // of those
void interrupt(unsigned vector);    // a device interrupt
std::string& log_text();

}  // namespace tessera::nucleus::arch::hosted
