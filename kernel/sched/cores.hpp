// SPDX-License-Identifier: Apache-2.0
// The cores that were started, and what one does to another.
#pragma once

#include <array>

#include "kernel/sched/core.hpp"
#include "kernel/sched/core_set.hpp"

namespace tessera::nucleus {

// Called at boot, in the order of their numbers, before the core runs anything.
void add_core(Core& core);
unsigned core_count();
extern std::array<Core*, kMostCores> all_cores;

// Takes another core's lock, until object_lock is released: see support/lock.hpp.
void reach_other(Core& core) REQUIRES(object_lock);
// The way to anything of a core's: only who holds its lock looks at it.
inline Core& core_at(unsigned number) NO_LOCK_ANALYSIS {
  if (!several_cores) [[likely]] return this_core();
  Core& core = *all_cores[number];
  if (!core.reached) reach_other(core);
  return core;
}
inline Core& core_of(const Thread& thread) { return core_at(thread.core); }
// Before a thread is looked at that another core's fast paths may be using.
inline void reach(const Thread& thread) {
  if (several_cores) [[unlikely]] reach_core(thread.core);
}

// Takes the running core's lock, at the begin of a call of its thread. False: the core was
// halted meanwhile, and the thread is to make its call again, if it still runs.
[[nodiscard]] bool spin_at_call(Core& core);
inline bool begin_fast_path(Core& core) NO_LOCK_ANALYSIS { return core.lock.try_acquire() || spin_at_call(core); }

// The core is to be in the nucleus, with its thread's registers saved, and on no address
// space, until object_lock is released. No effect on the running core.
void halt_other(Core& core) REQUIRES(object_lock);
inline void halt(Core& core) REQUIRES(object_lock) {
  if (several_cores) [[unlikely]] halt_other(core);
}
// The same for each other core of these for which `wanted` says so.
template <typename Wanted>
void halt_others(const CoreSet& cores, Wanted wanted) NO_LOCK_ANALYSIS {
  if (!several_cores) [[likely]] return;
  cores.each([&](unsigned number) NO_LOCK_ANALYSIS {
    if (Core& core = core_at(number); &core != &this_core() && wanted(core)) halt(core);
  });
}

// The core looks at its queues, its timers and its thread's kick soon.
void nudge_other(Core& core);
inline void nudge(Core& core) {
  if (several_cores && &core != &this_core()) [[unlikely]] nudge_other(core);
}
// The core idles, from the begin with its own lock held to when it has or may have work.
void begin_idle(Core& core);
void idle(Core& core);

// Between looks at what another core changes soon. A hint to the processor now and then:
// an emulator leaves its loop for each, and takes a lock that all its processors share.
class Patience {
 public:
  // True now and then.
  bool look_again() {
    if (++looks_ % kLooks != 0) return false;
    arch::relax();
    return true;
  }

 private:
  static constexpr unsigned kLooks = 64;
  unsigned looks_ = 0;
};

// Holds a lock that is never held while its holder waits for anything.
class SCOPED_CAPABILITY Spinning {
 public:
  explicit Spinning(Lock& lock) ACQUIRE(lock) : lock_(lock) {
    for (Patience patience; !lock.try_acquire();) (void)patience.look_again();
  }
  ~Spinning() RELEASE() { lock_.release(); }
  Spinning(const Spinning&) = delete;
  Spinning& operator=(const Spinning&) = delete;

 private:
  Lock& lock_;
};

void take_object_lock(Core& core);
void drop_object_lock(Core& core);

inline void ObjectLock::acquire() NO_LOCK_ANALYSIS {
  if (several_cores) [[unlikely]] take_object_lock(this_core());
}
inline void ObjectLock::release() NO_LOCK_ANALYSIS {
  if (several_cores) [[unlikely]] drop_object_lock(this_core());
}

// Other cores spin for a lock: a long operation is to let them.
[[nodiscard]] bool lock_awaited();
// How often and how long cores spun for locks, all together.
struct LockWaits {
  std::uint64_t count = 0, ticks = 0;
};
[[nodiscard]] LockWaits lock_waits() REQUIRES(object_lock);

// While a core idles it holds no lock: how often it held object_lock is told and given back.
[[nodiscard]] std::uint32_t pause_holding();
void go_on_holding(std::uint32_t holds);
// Gives object_lock to another core that spins for it, and takes it back.
void let_others_hold();

}  // namespace tessera::nucleus
