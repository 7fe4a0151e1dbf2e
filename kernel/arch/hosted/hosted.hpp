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
void interrupt(unsigned vector);    // a device interrupt, muted or not
bool muted(unsigned vector);
std::string& log_text();
// Called whenever the nucleus waits for something: a device's turn. Null: nobody.
void watch_waiting(void (*look)());

// Several cores. Each is played by a thread of the process: what is called below by the one
// that a core belongs to is done by that core. The first belongs to the thread that makes
// the machine. Cores that belong to nobody are off: they run nothing and nobody waits for
// them. They stay for the next machine.
void start_cores(unsigned count);    // as many at least; all but the first are off
void switch_on(unsigned number);     // the core belongs to the calling thread, and runs what is ready
void switch_off();                   // what it ran stays in its queue
// An instant of user mode, or of a guest: takes the interrupts that are pending. Another thread may be
// the running one then.
void user_mode();
void leave_guest();                 // the running thread is in its guest, which makes a system call
void fault(std::uint64_t address);  // of the running thread: it touches what is not there

}  // namespace tessera::nucleus::arch::hosted
