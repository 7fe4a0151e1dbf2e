// SPDX-License-Identifier: Apache-2.0
// Which processor a thread runs on. It is chosen when the thread begins and each time
// it is woken; a timer evens out what then becomes unequal.
//
// A new thread and one that is woken go to an idle processor, unless the thread that
// wakes them is about to sleep itself (it always did so lately): then they take its
// place, where what they share is in the cache and nobody need be interrupted.
//
// With the big lock held, or shared: of a thread that sleeps by who wakes it alone.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "components/linux/nucleus/processors.hpp"

namespace tessera::lx {

class Thread;

// What is counted for each processor, apart from what others write: each time a thread sleeps
// or wakes, both change.
struct ProcessorCounts {
  alignas(64) std::atomic<std::uint32_t> awake{0};         // threads; changed with the big lock held or shared
  alignas(64) std::atomic<std::uint64_t> system_ticks{0};  // how long the personality ran there
};
inline std::array<ProcessorCounts, kMostProcessors> counts_of{};

// Part of each thread.
struct Placement {
  ProcessorSet allowed = ~ProcessorSet{0};  // sched_setaffinity(2)
  std::uint8_t processor = 0;
  std::uint8_t gives_way = 0;    // how often, of late, it slept soon after it woke another
  std::uint8_t gives_way_to_new = 0;  // the same, after it started another
  bool begun = false;            // it was placed before
  bool counted = false;          // it is awake, and counts for its processor
  bool started_new = false;      // it did not wake but start one
  std::uint8_t unwatched_wakes = 0;
  std::uint64_t woke_ticks = 0;  // when it last did; 0: not since it slept, or nobody looked
};

// Chooses for a thread that is to run, before its carrier is woken.
void choose_place(Thread& thread);
inline void place(Thread& thread) {
  if (several_processors) [[unlikely]] choose_place(thread);
}
// The thread is awake where it slept (a time limit passed), sleeps, or is at its end. `ticks`: when it fell asleep, 0: now.
void count_awake(Thread& thread);
inline void now_awake(Thread& thread) {
  if (several_processors) [[unlikely]] count_awake(thread);
}
void count_asleep(Thread& thread, std::uint64_t ticks);
inline void now_asleep(Thread& thread, std::uint64_t ticks) {
  if (several_processors) [[unlikely]] count_asleep(thread, ticks);
}
// No other thread wants its processor. Also without the lock: it was so a moment ago.
[[nodiscard]] bool alone_on_processor(const Thread& thread);
// Those it may use: what it asked for, as far as there is.
[[nodiscard]] ProcessorSet allowed_processors(const Thread& thread);
// Leaves a processor that it may not use any more.
void obey_affinity(Thread& thread);

}  // namespace tessera::lx
