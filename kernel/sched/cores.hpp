// SPDX-License-Identifier: Apache-2.0
// The cores that were started, and what one does to another.
#pragma once

#include <array>

#include "kernel/sched/core.hpp"

namespace tessera::nucleus {

inline constexpr unsigned kMostCores = 64;

// Called at boot, in the order of their numbers, before the core runs anything.
void add_core(Core& core);
unsigned core_count();
extern bool several_cores;  // were started: one alone needs no locks
extern std::array<Core*, kMostCores> all_cores;
inline Core& core_at(unsigned number) { return *all_cores[number]; }
inline Core& core_of(const Thread& thread) { return core_at(thread.core); }

// Takes the running core's lock, at the begin of a call of `thread`. False: the core was
// halted meanwhile, and the thread is to make its call again, if it still runs.
[[nodiscard]] bool spin_at_call(Core& core);
inline bool begin_fast_path(Core& core) NO_LOCK_ANALYSIS { return core.lock.try_acquire() || spin_at_call(core); }

// The core is to be in the nucleus, with its thread's registers saved, and on no address
// space, until object_lock is released. No effect on the running core.
void halt_other(Core& core) REQUIRES(object_lock);
inline void halt(Core& core) REQUIRES(object_lock) {
  if (several_cores) [[unlikely]] halt_other(core);
}
// The same for each other core for which `wanted` says so.
template <typename Wanted>
void halt_others(Wanted wanted) NO_LOCK_ANALYSIS {
  if (!several_cores) [[likely]] return;
  for (unsigned i = 0; i < core_count(); ++i)
    if (Core& core = core_at(i); &core != &this_core() && wanted(core)) halt(core);
}

// The core looks at its queues, its timers and its thread's kick soon.
inline void nudge(Core& core) {
  if (several_cores && &core != &this_core()) [[unlikely]] arch::interrupt_core(core.number);
}

void acquire_all(Core& core);
void release_all(Core& core);

inline void ObjectLock::acquire() NO_LOCK_ANALYSIS {
  Core& core = this_core();
  if (core.holds_all++ == 0 && several_cores) [[unlikely]] acquire_all(core);
}
inline void ObjectLock::release() NO_LOCK_ANALYSIS {
  Core& core = this_core();
  if (--core.holds_all == 0 && several_cores) [[unlikely]] release_all(core);
}

// While a core idles it holds no lock: how often it held all is told and given back.
[[nodiscard]] std::uint32_t pause_holding();
void go_on_holding(std::uint32_t holds);

}  // namespace tessera::nucleus
