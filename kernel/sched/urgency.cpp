// SPDX-License-Identifier: Apache-2.0
#include "kernel/sched/urgency.hpp"

#include "kernel/sched/turns.hpp"

namespace tessera::nucleus {

// Does `change`, which makes the thread more or less urgent, wherever it is queued.
template <typename Change>
static void change_urgency(Thread& thread, Change change) {
  Core& core = core_of(thread);
  const bool runs = &thread == core.current();
  const bool queued = thread.state == ThreadState::ready && !runs;
  if (queued) core.ready.remove(thread);
  const std::uint8_t before = thread.effective_priority;
  change();
  if (queued) {
    core.ready.push_back(thread);
    note_ready(core, thread);
  } else if (runs && thread.effective_priority < before) {
    ask_to_reschedule(core);
  }
}

void set_effective_priority(Thread& thread, std::uint8_t priority) {
  reach(thread);
  if (thread.effective_priority == priority) return;
  change_urgency(thread, [&] { thread.effective_priority = priority; });
}

void set_own_priority(Thread& thread, std::uint8_t priority) {
  if (thread.priority == priority) return;
  change_urgency(thread, [&] {
    const bool donated = thread.effective_priority > thread.priority && thread.effective_priority > priority;
    thread.priority = priority;
    thread.asked.paced = thread.guest_priority < priority;
    if (!donated) thread.effective_priority = thread.own_urgency();
  });
}

void pace(Thread& thread, std::uint8_t guest_priority, std::uint64_t slice_ticks) {
  thread.slice_ticks = slice_ticks;
  if (thread.guest_priority == guest_priority) return;
  change_urgency(thread, [&] {
    thread.guest_priority = guest_priority;
    thread.asked.paced = guest_priority < thread.priority;
    thread.settle_urgency();
  });
}

void guest_left_from_outside(Thread& thread) {
  if (!thread.asked.paced || thread.state != ThreadState::ready || &thread == core_of(thread).current()) return;
  change_urgency(thread, [&] { thread.settle_urgency(); });
}

bool must_give_way(Thread& thread) {
  Core& core = this_core();
  const int highest = core.ready.highest();
  thread.settle_urgency();
  if (highest < thread.effective_priority) return false;
  if (highest > thread.effective_priority || thread.woken) return true;
  // Its turn goes on; no end of it was set while it was more urgent than they.
  if (core.armed > slice_end(thread)) update_timer();
  return false;
}

void give_way() {
  const Holding hold(object_lock);
  Core& core = this_core();
  if (Thread* thread = core.current(); thread != nullptr && thread->in_guest) {
    charge(core);
    if (thread->woken) {  // its turn comes when it comes
      core.set_current(nullptr);
      make_ready(*thread);
    }
    core.reschedule = true;
  }
  schedule_if_asked(core);
}

}  // namespace tessera::nucleus
