// SPDX-License-Identifier: Apache-2.0
#include "kernel/sched/scheduler.hpp"

#include <algorithm>
#include <bit>
#include <utility>

#include "kernel/memory/address_space.hpp"
#include "kernel/object/budget.hpp"
#include "kernel/object/cap_table.hpp"
#include "kernel/object/destroy.hpp"
#include "kernel/object/endpoint.hpp"
#include "kernel/object/timer.hpp"
#include "kernel/sched/fast_switch.hpp"
#include "kernel/sched/turns.hpp"

namespace tessera::nucleus {

// Threads made ready and timers fired without a look at other interrupts.
static constexpr unsigned kEventsPerStep = 64;

void ask_to_reschedule(Core& core) {
  core.reschedule = true;
  nudge(core);
}

void share_core() {
  Core& core = this_core();
  Thread* running = core.current();
  if (running == nullptr || core.ready.highest() != running->effective_priority || core.armed <= slice_end(*running)) return;
  running->slice_start = arch::now_ticks();  // it had the core to itself until now
  update_timer();
}

// Whether a thread of this priority is to run in place of the running one.
static bool outranks(int priority, Thread& running) {
  if (priority <= running.effective_priority) return false;
  if (!running.asked.paced) [[likely]] return true;
  running.settle_urgency();
  return priority > running.effective_priority;
}

void note_ready(Core& core, const Thread& thread) {
  Thread* running = core.current();
  if (running == nullptr || outranks(thread.effective_priority, *running)) return ask_to_reschedule(core);
  if (thread.effective_priority < running->effective_priority || core.armed <= slice_end(*running)) return;
  if (&core == &this_core()) share_core();
  else nudge(core);
}

void arm(TimerNode& node, std::uint64_t deadline_ticks) {
  Core& core = this_core();
  node.core = core.number;
  core.timers.insert(node, deadline_ticks);
  update_timer();
}

void disarm(TimerNode& node) {
  if (node.queued) core_at(node.core).timers.remove(node);
}

static bool park(Thread& thread) {
  if (thread.unusual.frozen) {  // suspend.cpp lets it go on
    thread.state = ThreadState::paused;
    return true;
  }
  Budget* budget = thread.active_budget;
  if (budget == nullptr) {  // nothing to run on: stays out until it gets a budget
    thread.state = ThreadState::stopped;
    return true;
  }
  if (!budget->limited || !budget->exhausted(arch::now_ticks())) return false;
  thread.state = ThreadState::throttled;
  budget->throttled.push_back(thread);
  // Any core can give the budget time again: its threads are queued where they run.
  if (!budget->refill.queued) arm(budget->refill, budget->replenishments.next());
  return true;
}

// It may run there from now on: with what its table and its spaces hold.
CALLED_RARELY static void note_core(const Thread& thread) {
  if (thread.table != nullptr) thread.table->cores.add(thread.core);
  if (thread.space != nullptr) thread.space->cores.add(thread.core);
  if (thread.guest_space != nullptr) thread.guest_space->cores.add(thread.core);
}

// The core that the thread's budget is for. What the last one still holds of it is saved.
static Core& move_to_core(Thread& thread) {
  const std::uint16_t to = thread.active_budget->core;
  if (thread.core != to) [[unlikely]] {
    reach(thread);
    arch::bring_home(thread);
    thread.core = to;
  }
  if (several_cores) [[unlikely]] note_core(thread);
  return core_at(to);
}

void settle_ready(Thread& thread, bool last) {
  if (last) thread.woken = !thread.in_guest;
  thread.settle_urgency();
}

void make_ready(Thread& thread) {
  if (park(thread)) return;
  Core& core = move_to_core(thread);
  thread.state = ThreadState::ready;
  if (thread.asked.paced) [[unlikely]] settle_ready(thread, true);
  core.ready.push_back(thread);
  note_ready(core, thread);
}

void make_ready_first(Thread& thread) {
  if (park(thread)) return;
  Core& core = move_to_core(thread);
  thread.state = ThreadState::ready;
  if (thread.asked.paced) [[unlikely]] settle_ready(thread, false);
  core.ready.push_front(thread);
  if (core.current() != nullptr || &core != &this_core()) note_ready(core, thread);
}

// It runs, on any core: it no longer does.
static void take_off(Core& core) NO_LOCK_ANALYSIS {
  halt(core);
  charge(core);
  core.set_current(nullptr);
  core.reschedule = true;
}

void make_unready(Thread& thread) {
  Core& core = core_of(thread);
  if (thread.state == ThreadState::throttled) {
    thread.active_budget->throttled.remove(thread);
  } else if (&thread == core.current()) {
    take_off(core);
  } else {
    core.ready.remove(thread);
  }
}

void yield_current() {
  Core& core = this_core();
  Thread& thread = *core.current();
  take_off(core);
  make_ready(thread);
}

void set_active_budget(Thread& thread, Budget* budget) {
  reach(thread);
  if (thread.active_budget == budget) return;
  Core& core = core_of(thread);
  const bool runs = &thread == core.current();
  if (runs) charge(core);
  const bool was_throttled = thread.state == ThreadState::throttled;
  const bool queued = thread.state == ThreadState::ready && !runs;
  if (was_throttled) thread.active_budget->throttled.remove(thread);
  thread.active_budget = budget;
  if (was_throttled) return make_ready(thread);
  const bool may_stay = budget != nullptr && budget->core == thread.core;
  if (may_stay) return;
  // Nothing to run on any more, or elsewhere: schedule() parks or moves the running thread.
  if (runs) {
    ask_to_reschedule(core);
  } else if (queued) {
    core.ready.remove(thread);
    make_ready(thread);
  }
}

void unthrottle(Budget& budget) {
  disarm(budget.refill);
  for (unsigned count = 0; Thread* thread = budget.throttled.front(); ++count) {
    if (count == kEventsPerStep) return arm(budget.refill, this_core().charged_until + 1);
    budget.throttled.remove(*thread);
    make_ready(*thread);
    if (thread->state == ThreadState::throttled) return;  // used up again meanwhile
  }
}

CALLED_RARELY bool has_time_left(const Core& core, const Budget& budget) { return !budget.exhausted(core.charged_until); }

// Apart, so that time without a limit is charged in a few instructions.
CALLED_RARELY void charge_limited(Core& core, Budget& budget, std::uint64_t used) {
  budget.replenishments.use(used, core.charged_until);
  if (budget.exhausted(core.charged_until)) ask_to_reschedule(core);  // schedule() parks the thread
}

void charge(Core& core) {
  const std::uint64_t now = arch::now_ticks();
  // The cores' clocks may be a little apart.
  if (now <= core.charged_until) return;
  const std::uint64_t used = now - core.charged_until;
  core.charged_until = now;
  Thread* thread = core.current();
  if (thread == nullptr) return;
  thread->time_used += used;
  Budget* budget = thread->active_budget;
  if (budget == nullptr) return;
  if (several_cores && budget->core != core.number) [[unlikely]] reach_core(budget->core);  // it was moved while the thread ran
  budget->consumed_ticks += used;
  if (budget->limited) [[unlikely]] charge_limited(core, *budget, used);
}

static std::uint64_t next_event(Core& core, Thread* thread) {
  std::uint64_t next = ~std::uint64_t{0};
  if (core.timers.first() != nullptr) next = core.timers.first()->deadline;
  if (thread != nullptr) {
    if (core.ready.highest() == thread->effective_priority) {
      next = std::min(next, slice_end(*thread));
    }
    const Budget* budget = thread->active_budget;
    if (budget != nullptr && budget->limited) {
      next = std::min(next, core.charged_until + budget->replenishments.available(core.charged_until));
    }
  }
  return next;
}

// `thread`: whose slice and budget count.
static void update_timer_for(Core& core, Thread* thread) {
  const std::uint64_t next = next_event(core, thread);
  // A timer that fires too early is harmless; setting it costs a device access.
  if (next >= core.armed) return;
  core.armed = next;
  arch::arm_timer(next);
}

void update_timer() {
  Core& core = this_core();
  update_timer_for(core, core.current());
}

// The thread may have been woken since the timer was set, and wait for something else.
static void end_wait_in_time(Thread& thread) {
  reach(thread);
  if (thread.state != ThreadState::waiting || thread.wait_until == kNever) return;
  if (thread.wait_until > this_core().charged_until) return arm(thread.wait_timer, thread.wait_until);
  end_wait(thread, Error::timed_out);
  make_ready(thread);
}

static void fire(TimerNode& node) {
  switch (node.kind) {
    case TimerNode::Kind::thread_wait: {
      auto& thread = *reinterpret_cast<Thread*>(reinterpret_cast<std::uint64_t>(&node) - offsetof(Thread, wait_timer));
      end_wait_in_time(thread);
      break;
    }
    case TimerNode::Kind::timer_object: {
      auto& timer = *reinterpret_cast<Timer*>(reinterpret_cast<std::uint64_t>(&node) - offsetof(Timer, node));
      raise_target(timer.target);
      break;
    }
    case TimerNode::Kind::budget:
      unthrottle(*reinterpret_cast<Budget*>(reinterpret_cast<std::uint64_t>(&node) - offsetof(Budget, refill)));
      break;
  }
}

// Whoever decides about its urgency may want to: it is ready and does not run.
static void tell_of_contention(const Thread& thread) {
  if (thread.active_budget != nullptr) raise_target(thread.active_budget->contention);
}

void handle_timer() {
  Core& core = this_core();
  core.armed = ~std::uint64_t{0};
  charge(core);
  const std::uint64_t now = core.charged_until;
  // What is left after so many fires at once again, after other interrupts.
  for (unsigned count = 0; count < kEventsPerStep; ++count) {
    if (core.timers.first() == nullptr || core.timers.first()->deadline > now) break;
    TimerNode& node = *core.timers.first();
    core.timers.remove(node);
    fire(node);
  }
  Thread* thread = core.current();
  if (thread != nullptr && core.ready.highest() == thread->effective_priority && now - thread->slice_start >= slice_of(*thread)) {
    tell_of_contention(*thread);
    core.set_current(nullptr);
    make_ready(*thread);
    core.reschedule = true;
  }
  // Before schedule() has looked, the running thread's slice and budget may be over: a timer
  // set for that would fire again and again and keep the core from ever getting there.
  update_timer_for(core, core.reschedule ? nullptr : core.current());
}

// The most urgent thread that is to run on this core. Idles until there is one.
static Thread& take_next(Core& core) {
  for (;;) {
    const int highest = core.ready.highest();
    if (highest >= 0) {
      Thread& next = *core.ready.front(static_cast<unsigned>(highest));
      core.ready.remove(next);
      if (next.active_budget->core == core.number) [[likely]] return next;
      make_ready(next);  // its budget was moved to another core
      continue;
    }
    update_timer();
    if (ends_pending()) {
      finish_in_background();
      let_interrupts_in();
      if (lock_awaited()) let_others_hold();
    } else {
      // No other core need wait for this one to change an address space.
      if (several_cores) arch::leave_core();
      begin_idle(core);
      const std::uint32_t holds = pause_holding();
      end_stretch(core);
      idle(core);
      begin_stretch(core);
      go_on_holding(holds);
    }
    core.reschedule = false;
  }
}

// What is left of the slice is its own when it runs again; who was often preempted would
// keep the core from others of its priority otherwise.
void requeue_preempted(Core& core, Thread& running) {
  const std::uint64_t used = core.charged_until - std::min(running.slice_start, core.charged_until);
  const bool over = used >= slice_of(running);
  if (running.asked.paced) [[unlikely]] settle_ready(running, over);
  if (over) return core.ready.push_back(running);
  running.slice_used = used;
  core.ready.push_front(running);
}

// Something more urgent is ready.
static void preempt(Core& core, Thread& running) {
  const std::uint64_t used = core.charged_until - std::min(running.slice_start, core.charged_until);
  const bool over = used >= slice_of(running);
  const bool others = core.ready.front(running.effective_priority) != nullptr;
  if ((over && others) || (running.asked.paced && running.in_guest)) tell_of_contention(running);
  core.set_current(nullptr);
  if (std::bit_cast<std::uint16_t>(running.unusual) == 0 && has_time_here(core, running.active_budget)) [[likely]] {
    return requeue_preempted(core, running);
  }
  if (over) return make_ready(running);
  running.slice_used = used;
  make_ready_first(running);
}

void schedule() {
  Core& core = this_core();
  if (ends_pending()) [[unlikely]] finish_in_background();
  Thread* running = core.current();
  if (running != nullptr) {
    const Budget* budget = running->active_budget;
    const bool here = budget != nullptr && budget->core == core.number;
    if (!here || budget->exhausted(core.charged_until)) {
      if (here && !running->timeout_slot.empty()) [[unlikely]] {
        deliver_timeout(*running);
      } else {
        core.set_current(nullptr);
        make_ready(*running);  // parks it, or moves it
      }
      running = nullptr;
      core.reschedule = true;
    }
  }
  if (!core.reschedule) {
    if (running != nullptr) return;
  }
  core.reschedule = false;
  if (running != nullptr && !outranks(core.ready.highest(), *running)) return update_timer();
  charge(core);
  if (running != nullptr) {
    preempt(core, *running);
    core.reschedule = false;
  }
  Thread& next = take_next(core);
  core.charged_until = arch::now_ticks();
  begin_turn(core, next, core.ready.highest() == next.effective_priority);
}

void let_interrupts_in() {
  Core& core = this_core();
  end_stretch(core);
  arch::preemption_window();
  begin_stretch(core);
}

void start_wait_timer(Thread& thread, std::uint64_t deadline_ns) {
  if (keeps_wait_timer(this_core(), thread, deadline_ns)) return;
  stop_wait_timer(thread);
  thread.wait_until = arch::ns_to_clock(deadline_ns);
  arm(thread.wait_timer, thread.wait_until);
}

void stop_wait_timer(Thread& thread) {
  if (!thread.wait_timer.queued) return;
  if (several_cores) [[unlikely]] reach_core(thread.wait_timer.core);  // the thread may have moved since
  disarm(thread.wait_timer);
}

}  // namespace tessera::nucleus
