// SPDX-License-Identifier: Apache-2.0
// Restartable sequences (rseq(2)): a section of instructions of a thread that starts
// again at a handler when the thread was preempted or got a signal inside. The thread
// names the section it is in, and the handler, in an area that it registered.
//
// The nucleus ends the guest_run of a registered thread that it took the core from
// (GuestState::report_switch); a fault or a kick ends it anyway. Each time the area is
// looked at before the guest goes on. A page fault counts as preemption: others may have
// run while it was served.
#pragma once

#include <cstdint>

namespace tessera::lx {

class Thread;

struct RestartableArea {
  std::uint64_t address = 0;  // 0: none registered
  std::uint32_t bytes = 0;
  std::uint32_t signature = 0;  // in front of every handler
  std::uint32_t processor = 0;  // that the area tells
};

// If the thread's next instruction is in a section, that is its handler's first one from
// now on. False: what the area says makes no sense, and SIGSEGV is on its way.
bool leave_section(Thread& thread);
// The guest of a registered thread was interrupted. Signals to be delivered look
// themselves, so that a tracer and a core file see where it was.
void section_interrupted(Thread& thread);
// It has no area, or that names no section and the right processor: nothing is to be done.
// Looks without the personality's help; also while the big lock is shared.
bool no_section(const Thread& thread);
// exec, the thread's end.
void forget_area(Thread& thread);

}  // namespace tessera::lx
