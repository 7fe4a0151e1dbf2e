// SPDX-License-Identifier: Apache-2.0
// Which thread runs: priorities, time slices, budgets, deadlines. Mechanism only;
// who has which priority and budget is decided by components.
#pragma once

#include "kernel/sched/cores.hpp"

namespace tessera::nucleus {

struct Budget;

// Threads of one priority take turns after this long, where nothing else was asked for.
inline constexpr std::uint64_t kSliceNs = 4'000'000;

// The thread may run again: queues it, or parks it at its used-up budget.
void make_ready(Thread& thread);
// The same for one that gave up the core against its will or that is called: it goes first.
void make_ready_first(Thread& thread);
// Takes a ready thread (queued, throttled or running) out of the running.
void make_unready(Thread& thread);
// The running thread lets others of its priority go first.
void yield_current();

// Sets what the thread runs on, wherever it is queued.
void set_active_budget(Thread& thread, Budget* budget);

// Chooses the thread to return to, if the running one may not go on or something
// more urgent is ready. Called last in every handler; idles until there is one.
void schedule() REQUIRES(object_lock);
// Others change what this looks at, under the core's lock; they interrupt the core when it is to look again.
inline void schedule_if_asked(Core& core) REQUIRES(object_lock) {
  if (core.reschedule || core.current() == nullptr) schedule();
}

// Lets pending interrupts in for an instant.
void let_interrupts_in();

// The core's timer fired.
void handle_timer();
// Arms and disarms a node, in the running core's queue or in the one it is in.
void arm(TimerNode& node, std::uint64_t deadline_ticks);
void disarm(TimerNode& node);
// Another of the running thread's priority is ready: they take turns from now on.
void share_core();
// Makes the core's timer fire early enough for the queue's first deadline.
void update_timer();
// The budget has time again: its threads go on, in bounded steps.
void unthrottle(Budget& budget);
// Accounts the time since the last charge to the core's running thread and its budget.
void charge(Core& core);
// What runs on the core, if anything, may not go on or not there: it looks.
void ask_to_reschedule(Core& core);

// Arms a deadline (ns since boot) for a thread's wait.
void start_wait_timer(Thread& thread, std::uint64_t deadline_ns);
void stop_wait_timer(Thread& thread);

}  // namespace tessera::nucleus
