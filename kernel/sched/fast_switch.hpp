// SPDX-License-Identifier: Apache-2.0
// The fast paths' way from one thread to another: with a look at nothing but their own core,
// under that core's lock alone.
#pragma once

#include "kernel/sched/cores.hpp"

namespace tessera::nucleus {

// `running` may be taken off its core, and its time charged.
[[nodiscard]] bool can_switch_fast(const Core& core, const Thread& running);
// What may be made ready in the same way; it is as urgent then as it will be.
[[nodiscard]] bool can_wake_fast(const Core& core, Thread& waiter);
// Waits until then, with the timer that its last wait left behind. False: it needs another one.
[[nodiscard]] bool keeps_wait_timer(const Core& core, Thread& thread, std::uint64_t deadline_ns);
// After both said so. The waiter is no more urgent than who runs.
void wake_fast(Core& core, Thread& waiter);
// It is more urgent: it runs at once.
void preempt_fast(Core& core, Thread& running, Thread& waiter);
// The same in two steps: charges who runs, if that can be done fast and its turn is not over.
[[nodiscard]] bool charge_within_turn(Core& core, Thread& running);
void preempt_charged(Core& core, Thread& running, Thread& waiter);
// Another thread runs; `running` is where its state says. False: none is ready, nothing was done.
[[nodiscard]] bool leave_fast(Core& core, Thread& running);
// What yield_current does. False: nothing was done.
[[nodiscard]] bool try_fast_yield(Thread& thread);

}  // namespace tessera::nucleus
