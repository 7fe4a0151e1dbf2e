// SPDX-License-Identifier: Apache-2.0
#include "kernel/sched/fast_switch.hpp"

#include <algorithm>
#include <bit>

#include "kernel/object/destroy.hpp"
#include "kernel/sched/turns.hpp"

namespace tessera::nucleus {

bool can_wake_fast(const Core& core, Thread& waiter) {
  if (std::bit_cast<std::uint16_t>(waiter.unusual) != 0 || !has_time_here(core, waiter.active_budget)) return false;
  if (waiter.asked.paced) [[unlikely]] settle_ready(waiter, true);
  return true;
}

bool can_switch_fast(const Core& core, const Thread& running) {
  return !core.reschedule && !ends_pending() && std::bit_cast<std::uint16_t>(running.unusual) == 0 && has_time_here(core, running.active_budget);
}

bool keeps_wait_timer(const Core& core, Thread& thread, std::uint64_t deadline_ns) {
  const TimerNode& timer = thread.wait_timer;
  // On another core's queue it may be fired at this moment.
  if (timer.core != core.number || !timer.queued) return false;
  const std::uint64_t until = arch::ns_to_clock(deadline_ns);
  if (until < timer.deadline) return false;
  thread.wait_until = until;
  return true;
}

void wake_fast(Core& core, Thread& waiter) {
  waiter.state = ThreadState::ready;
  core.ready.push_back(waiter);
  note_ready(core, waiter);
}

// What charge() does for a thread that can_switch_fast lets go.
static void charge_fast(Core& core, Thread& running) {
  const std::uint64_t now = arch::now_ticks();
  if (now <= core.charged_until) return;
  const std::uint64_t used = now - core.charged_until;
  core.charged_until = now;
  running.time_used += used;
  running.active_budget->consumed_ticks += used;
  if (running.active_budget->limited) [[unlikely]] charge_limited(core, *running.active_budget, used);
}

bool charge_within_turn(Core& core, Thread& running) {
  if (!can_switch_fast(core, running)) return false;
  charge_fast(core, running);
  return core.charged_until - std::min(running.slice_start, core.charged_until) < slice_of(running);
}

void preempt_fast(Core& core, Thread& running, Thread& waiter) {
  charge_fast(core, running);
  preempt_charged(core, running, waiter);
}

void preempt_charged(Core& core, Thread& running, Thread& waiter) {
  requeue_preempted(core, running);
  waiter.state = ThreadState::ready;
  begin_turn(core, waiter, false);
}

bool leave_fast(Core& core, Thread& running) {
  const int highest = core.ready.highest();
  if (highest < 0) [[unlikely]] return false;
  Thread& next = *core.ready.front(static_cast<unsigned>(highest));
  if (next.active_budget->core != core.number) [[unlikely]] return false;
  charge_fast(core, running);
  running.resume = arch::Resume::call;
  core.ready.remove(next);
  begin_turn(core, next, core.ready.highest() == next.effective_priority);
  return true;
}

// Never inlined: call and reply_wait must not pay for its registers.
[[gnu::noinline]] bool try_fast_yield(Thread& thread) {
  Core& core = this_core();
  if (!can_switch_fast(core, thread) || thread.asked.paced) [[unlikely]] return false;
  const int highest = core.ready.highest();
  if (highest < thread.effective_priority) {  // it is the only one
    thread.resume = arch::Resume::call;
    thread.frame.set_result(Error::ok);
    return true;
  }
  Thread& next = *core.ready.front(static_cast<unsigned>(highest));
  if (highest > thread.effective_priority || next.active_budget->core != core.number) [[unlikely]] return false;
  charge_fast(core, thread);
  (void)core.ready.take_turn(thread);
  thread.frame.set_result(Error::ok);
  thread.resume = arch::Resume::call;
  begin_turn(core, next, true);
  return true;
}

}  // namespace tessera::nucleus
