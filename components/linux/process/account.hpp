// SPDX-License-Identifier: Apache-2.0
// Processor time of threads. How much a thread ran the nucleus knows; what of it
// was the personality's is measured here, in ticks of the time-stamp counter,
// from each change between guest, personality and sleep to the next. The rest is
// the user's.
//
// Calls and faults that are served beside others are so short, and the clock may be so dear (an
// emulator's processors take turns at it), that of a thread's stretches there one in eight is
// measured, at no regular distance, and counts for eight.
#pragma once

#include <atomic>
#include <cstdint>
#include <linux_arch/ticks.hpp>

#include "components/linux/process/thread.hpp"
#include "components/linux/time/clock.hpp"

namespace tessera::lx {

// Of threads that are gone.
inline Usage ended_usage;

// The guest trapped, or the thread slept until now.
inline void account_enter(Thread& thread) { thread.stamp = read_ticks(); }
inline void account(Thread& thread, std::uint64_t ticks) {
  thread.system_ticks += ticks;
  // Two threads of a processor may do this at once: a stretch may be lost now and then.
  auto& sum = *thread.system_sum;
  sum.store(sum.load(std::memory_order_relaxed) + ticks, std::memory_order_relaxed);
}
// The guest is about to run, or the thread to sleep. When that is, ticks: no need to look at the
// clock again.
inline std::uint64_t account_leave(Thread& thread) {
  const std::uint64_t now = read_ticks();
  account(thread, now - thread.stamp);
  return now;
}

// The same beside others, where most stretches are not measured (stamp 0).
inline constexpr std::uint8_t kMeasuredOneIn = 8;
inline void account_enter_beside(Thread& thread) {
  // Takes each of 256 values once before any again, in an order in which the small ones lie
  // irregularly: of calls that take turns none is measured more often than the others.
  thread.sample = static_cast<std::uint8_t>(thread.sample * 5 + 3);
  thread.stamp = thread.sample < 256 / kMeasuredOneIn ? read_ticks() : 0;
}
void account_measured(Thread& thread, std::uint64_t ticks);
// When it is, or 0.
inline std::uint64_t account_leave_beside(Thread& thread) {
  if (thread.stamp == 0) [[likely]] return 0;
  const std::uint64_t now = read_ticks();
  account_measured(thread, now - thread.stamp);
  return now;
}

}  // namespace tessera::lx
