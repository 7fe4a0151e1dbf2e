// SPDX-License-Identifier: Apache-2.0
// Levels of urgency below that of a thread which mostly waits, and how long a turn among the
// threads of a level is. A level's threads run when no thread of a level above is ready, so
// what tells threads of one level from another is the length of their turns: nice(2).
#pragma once

#include <algorithm>
#include <cstdint>

namespace tessera::schedule {

// Of all threads of a personality that carry Linux threads; levels are below it.
inline constexpr std::uint64_t kBasePriority = 99;

enum class Level : std::uint8_t {
  base,        // new, or it mostly waits: it runs as soon as it is woken
  middle,      // has been computing for a while
  bulk,        // computes
  background,  // gets what is left
};
inline constexpr unsigned kLevels = 4;
constexpr unsigned index_of(Level level) { return static_cast<unsigned>(level); }

// What its program asked for.
enum class Class : std::uint8_t { normal, batch, idle };
struct Wish {
  std::int8_t nice = 0;  // -20 to 19
  Class what = Class::normal;
  bool operator==(const Wish&) const = default;
};
inline constexpr int kLeastNice = -20, kMostNice = 19;

// Gets what others leave: nice 19 too, the most that programs ask for who mean that.
constexpr bool background(Wish wish) { return wish.what == Class::idle || wish.nice >= kMostNice; }

// `amount` for nice 0 as it is for another: a fifth less or a quarter more for each step, as with Linux.
constexpr std::uint64_t weighted(std::uint64_t amount, int nice) {
  for (int step = 0; step < nice; ++step) amount = amount * 4 / 5;
  for (int step = 0; step > nice; --step) amount = amount * 5 / 4;
  return amount;
}

struct Turn {
  std::uint64_t priority = 255;  // of the guest; its thread's own is the most
  std::uint64_t slice_ns = 0;    // 0: the nucleus' own length
  bool operator==(const Turn&) const = default;
};

constexpr Turn turn_of(Level level, Wish wish) {
  // Short enough for a round of many threads, long enough that switching costs little.
  constexpr std::uint64_t kSliceNs = 4'000'000, kBulkNs = 8'000'000, kLeastNs = 250'000, kMostNs = 60'000'000;
  const std::uint64_t plain = level == Level::bulk ? kBulkNs : kSliceNs;
  const int nice = background(wish) ? 0 : std::clamp<int>(wish.nice, kLeastNice, kMostNice);
  const std::uint64_t slice = std::clamp(weighted(plain, nice), kLeastNs, kMostNs);
  return {.priority = level == Level::base ? 255 : kBasePriority - index_of(level), .slice_ns = slice == kSliceNs ? 0 : slice};
}

// What a thread begins with.
constexpr Turn first_turn(Wish wish) { return turn_of(background(wish) ? Level::background : Level::base, wish); }

}  // namespace tessera::schedule
