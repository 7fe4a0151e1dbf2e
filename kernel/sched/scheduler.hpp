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
// The same when nothing but the core's own queue is to be looked at: under the core's lock
// alone. False: nothing was done.
[[nodiscard]] bool try_fast_yield(Thread& thread);
// The fast paths' way from one thread to another. `running` may be taken off its core, and its
// time charged, with a look at nothing but that core: under the core's lock alone.
[[nodiscard]] bool can_switch_fast(const Core& core, const Thread& running);
// What may be made ready in the same way; it is as urgent then as it will be.
[[nodiscard]] bool can_wake_fast(const Core& core, Thread& waiter);
// All of these: after both said so. The waiter is no more urgent than who runs.
void wake_fast(Core& core, Thread& waiter);
// It is more urgent: it runs at once.
void preempt_fast(Core& core, Thread& running, Thread& waiter);
// The same in two steps: charges who runs, if that can be done fast and its turn is not over.
[[nodiscard]] bool charge_within_turn(Core& core, Thread& running);
void preempt_charged(Core& core, Thread& running, Thread& waiter);
// Another thread runs; `running` is where its state says. False: none is ready, nothing was done.
[[nodiscard]] bool leave_fast(Core& core, Thread& running);

// Sets what the thread is scheduled by, wherever it is queued.
void set_effective_priority(Thread& thread, std::uint8_t priority);
void set_active_budget(Thread& thread, Budget* budget);
// The priority that its owner gave it.
void set_own_priority(Thread& thread, std::uint8_t priority);
// How urgent its guest is at most, and how long its turns are (ticks; 0: kSliceNs).
void pace(Thread& thread, std::uint8_t guest_priority, std::uint64_t slice_ticks);
// A thread that does not run is in its guest no more.
void guest_left_from_outside(Thread& thread);

// A paced thread comes into its guest. Whether others of the core go first; under the core's
// lock alone. It is then in its guest when it gives way.
[[nodiscard]] bool must_give_way(Thread& thread);
void give_way();

// Chooses the thread to return to, if the running one may not go on or something
// more urgent is ready. Called last in every handler; idles until there is one.
void schedule() REQUIRES(object_lock);

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

}  // namespace tessera::nucleus
