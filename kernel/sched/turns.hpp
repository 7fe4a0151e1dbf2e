// SPDX-License-Identifier: Apache-2.0
// What the ways from one thread to the next share, inside kernel/sched: turns among threads of
// one priority, and who is ready.
#pragma once

#include <utility>

#include "kernel/object/budget.hpp"
#include "kernel/sched/scheduler.hpp"

namespace tessera::nucleus {

inline std::uint64_t slice_of(const Thread& thread) {
  return thread.slice_ticks != 0 ? thread.slice_ticks : arch::ns_to_ticks(kSliceNs);
}
inline std::uint64_t slice_end(const Thread& thread) { return thread.slice_start + slice_of(thread); }

// The thread runs from now on. `turns`: others of its priority are ready.
[[gnu::always_inline]] inline void begin_turn(Core& core, Thread& next, bool turns) {
  next.slice_start = core.charged_until - std::exchange(next.slice_used, 0);
  core.set_current(&next);
  arch::activate(next);
  // The timer fires at the core's first deadline at the latest: a turn adds its own ends.
  if (next.active_budget->limited || (turns && core.armed > slice_end(next))) [[unlikely]] update_timer();
}

// Whether a limited budget has time, as far as is charged.
[[nodiscard]] CALLED_RARELY bool has_time_left(const Core& core, const Budget& budget);
// The core first: the lock of that is what guards a Budget.
inline bool has_time_here(const Core& core, const Budget* budget) {
  if (budget == nullptr || budget->core != core.number) return false;
  return !budget->limited || has_time_left(core, *budget);
}
// The limited part of charging a budget for what was used until core.charged_until.
CALLED_RARELY void charge_limited(Core& core, Budget& budget, std::uint64_t used);

// Before a paced thread is queued. `last`: behind all others of its urgency.
void settle_ready(Thread& thread, bool last);
// After a thread was queued on that core.
void note_ready(Core& core, const Thread& thread);
// One that ran until now, charged, and is to run again.
void requeue_preempted(Core& core, Thread& running);

}  // namespace tessera::nucleus
