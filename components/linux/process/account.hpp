// SPDX-License-Identifier: Apache-2.0
// Processor time of threads, in ticks of the time-stamp counter, taken at each
// change between guest, personality and sleep.
//
// With one core, the time that a preempted thread did not run shows only as
// events of other threads: no thread is charged for time before the last event
// of another.
#pragma once

#include <algorithm>
#include <cstdint>
#include <linux_arch/ticks.hpp>

#include "components/linux/process/thread.hpp"

namespace tessera::lx {

// When the last guest was left for, or the last sleep ended.
inline std::uint64_t last_account_ticks = 0;
// Of threads that are gone.
inline Usage ended_usage;

// The guest trapped.
inline void account_user(Thread& thread) {
  const std::uint64_t now = read_ticks();
  thread.usage.user_ticks += now - std::max(thread.stamp, last_account_ticks);
  thread.stamp = now;
}
// The guest is about to run, or the thread to sleep.
inline void account_system(Thread& thread) {
  const std::uint64_t now = read_ticks();
  thread.usage.system_ticks += now - thread.stamp;
  thread.stamp = now;
  last_account_ticks = now;
}
// It slept until now: nobody pays.
inline void account_awake(Thread& thread) {
  thread.stamp = read_ticks();
  last_account_ticks = thread.stamp;
}

}  // namespace tessera::lx
