// SPDX-License-Identifier: Apache-2.0
// Processor time of threads. How much a thread ran the nucleus knows; what of it
// was the personality's is measured here, in ticks of the time-stamp counter,
// from each change between guest, personality and sleep to the next. The rest is
// the user's.
#pragma once

#include <atomic>
#include <cstdint>
#include <linux_arch/ticks.hpp>

#include "components/linux/process/thread.hpp"

namespace tessera::lx {

// Of threads that are gone.
inline Usage ended_usage;

// The guest trapped, or the thread slept until now.
inline void account_enter(Thread& thread) { thread.stamp = read_ticks(); }
// The guest is about to run, or the thread to sleep. When that is, ticks: no need to look at the
// clock again, where an emulator's processors take turns.
inline std::uint64_t account_leave(Thread& thread) {
  const std::uint64_t now = read_ticks(), ticks = now - thread.stamp;
  thread.system_ticks += ticks;
  // Two threads of a processor may do this at once: a stretch may be lost now and then.
  auto& sum = *thread.system_sum;
  sum.store(sum.load(std::memory_order_relaxed) + ticks, std::memory_order_relaxed);
  return now;
}

}  // namespace tessera::lx
