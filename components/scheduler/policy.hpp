// SPDX-License-Identifier: Apache-2.0
// Who is how urgent: a multi-level feedback queue, decided anew at the end of each window
// of some milliseconds from what threads did in it. Plain functions, no clock and no calls.
//
// - A thread's *spending* is what it computed of late: it grows by what the thread ran and
//   shrinks while it sleeps. Who spends more is on a lower level, if somebody else computes:
//   threads that wait for each other all the time share a processor as well at the base.
// - A level runs when those above have nothing to run. One that has threads ready and got
//   no time for some windows sends the one that waits longest upwards until it had some, so
//   nobody starves for ever.
//
// All state is what the last windows told: a scheduler that starts anew knows it soon.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "lib/schedule/rows.hpp"

namespace tessera::scheduler {

using schedule::Class;
using schedule::Level;
using schedule::Wish;

inline constexpr std::size_t kMostProcessors = schedule::kMostProcessors;

// What a thread did in a window.
struct Sample {
  std::uint64_t ran_ns = 0;
  std::uint64_t rests = 0;  // how often it went to sleep
  bool ready = false;       // at its end: runs, or would
};

// What is remembered of it.
struct Standing {
  std::uint64_t spent_ns = 0;
  std::uint32_t hungry = 0;  // windows in a row that it was ready and got no time
};

struct Entry {
  Wish wish;
  std::uint8_t processor = 0;  // below kMostProcessors
  Sample sample;
  Standing standing;
  Level level = Level::base;  // decided
};

class Policy {
 public:
  // From the samples of a window of this length: standing and level of each.
  void decide(std::span<Entry> entries, std::uint64_t window_ns);

 private:
  // Windows in a row that a level of a processor had threads ready and got no time.
  std::array<std::array<std::uint16_t, schedule::kLevels>, kMostProcessors> starving_{};
};

// Nothing of this would be decided otherwise in the next window: whoever wants to run does.
[[nodiscard]] bool settled(std::span<const Entry> entries, std::uint64_t window_ns);

}  // namespace tessera::scheduler
