// SPDX-License-Identifier: Apache-2.0
// How a guest's run ends by others' doing, the same on every architecture: a kick.
#pragma once

#include "guest.hpp"
#include "kernel/sched/cores.hpp"
#include "kernel/sched/scheduler.hpp"

namespace tessera::nucleus {

// guest_run answers `reason` when the thread's native side goes on. For a guest whose registers are in the state page.
inline void end_guest_run(Thread& thread, abi::GuestExit reason) {
  thread.guest->exit_reason = static_cast<std::uint64_t>(reason);
  thread.resume = arch::Resume::call;
  thread.frame.set_result(abi::Error::ok);
  thread.frame.set_word(0, static_cast<std::uint64_t>(reason));
  thread.in_guest.release(false);  // from now on others may give it another state page
}

// Ends the run of a thread's guest, or its next one if it is not in its guest.
inline void kick(Thread& thread) {
  Core& core = core_of(thread);
  if (!thread.in_guest) {
    thread.asked.kicked = true;
    return;
  }
  if (&thread == core.current()) {  // on another core: the one here is who kicks
    thread.asked.kicked = true;
    return nudge(core);
  }
  end_guest_run(thread, abi::GuestExit::kick);
}

// What other threads may have asked of the one that runs here.
inline void serve_kick(Core& core) {
  Thread* thread = core.current();
  if (thread == nullptr || !thread->in_guest || !thread->asked.kicked) return;
  thread->asked.kicked = false;
  arch::leave_guest(*thread, abi::GuestExit::kick);
}

}  // namespace tessera::nucleus
