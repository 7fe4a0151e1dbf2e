// SPDX-License-Identifier: Apache-2.0
// Everything that belongs to one core. It is used under the core's lock; other cores come
// to it by core_at and core_of, and have halted the core for what it uses in user mode.
#pragma once

#include <atomic>
#include <cstdint>

#include "kernel/sched/ready_queue.hpp"
#include "kernel/sched/timer_queue.hpp"
#include "kernel/support/lock.hpp"
#include "kernel/support/relaxed.hpp"

namespace tessera::nucleus {

struct Core {
  arch::CoreBlock block;  // what the entry code uses; must be first
  Lock lock;
  ReadyQueue ready;       // without the running thread
  TimerQueue timers;
  std::uint64_t armed = ~std::uint64_t{0};  // when the core's timer will fire, ticks
  std::uint64_t charged_until = 0;          // time up to here has been accounted
  bool reschedule = false;                  // something more urgent may be ready
  std::uint16_t number = 0;
  std::uint32_t holds = 0;                  // how often it has taken object_lock
  bool reached = false;                     // its lock belongs to who holds object_lock
  // A request of who holds object_lock, and that this core, which spins for a lock, serves it.
  std::atomic<bool> halt_wanted{false}, halted{false};
  // It idles with its eyes open: who has work for it says so, and need not interrupt.
  std::atomic<bool> looks{false}, has_work{false};
  // It waits for this lock with its eyes closed: who gives that back interrupts it. `dozing`: it
  // does right now, and takes no other notice of such an interrupt.
  std::atomic<const Lock*> dozes_for{nullptr};
  bool dozing = false;
  bool call_unfinished = false;             // it spins at the begin of its thread's call
  bool was_halted = false;                  // while it last spun for object_lock
  Relaxed<std::uint64_t> waits = std::uint64_t{0}, wait_ticks = std::uint64_t{0};  // for locks; others look
  // Stretches with interrupts off: measured when Machine.measure_interrupts_off says so.
  bool measuring = false;
  std::uint64_t stretch_start = 0;    // ticks
  std::uint64_t longest_stretch = 0;

  // The thread whose call, fault or interrupt is being handled; null when idle.
  [[nodiscard]] Thread* current() const { return reinterpret_cast<Thread*>(block.current); }
  void set_current(Thread* thread) { block.current = thread; }
};

// The ends of a stretch with interrupts off, on all but the fast paths.
inline void begin_stretch(Core& core) {
  if (core.measuring) [[unlikely]] core.stretch_start = arch::now_ticks();
}
inline void end_stretch(Core& core) {
  if (!core.measuring) [[likely]] return;
  const std::uint64_t length = arch::now_ticks() - core.stretch_start;
  if (length > core.longest_stretch) core.longest_stretch = length;
}

inline Core& this_core() { return *reinterpret_cast<Core*>(arch::core_block()); }

}  // namespace tessera::nucleus
