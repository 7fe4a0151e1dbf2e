// SPDX-License-Identifier: Apache-2.0
// What a personality tells its scheduler: a row for each of its threads that carry Linux
// threads. Both sides read and write at any time, and neither trusts the other: a number that
// makes no sense is taken as the nearest that does, and a handle works only in the table that
// both were given, on what the personality put there.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "lib/schedule/turns.hpp"

namespace tessera::schedule {

// Slots of the table, and rows; the first two of a table are never used, nor are their rows.
// Threads beyond stay at the base level.
inline constexpr unsigned kTableBits = 10, kFirstRow = 2;
inline constexpr std::size_t kMostRows = std::size_t{1} << kTableBits;
inline constexpr unsigned kMemoryBits = 16;

// A line of the cache for itself: threads of several processors write to theirs each time they sleep.
struct alignas(64) Row {
  // The personality's.
  std::atomic<std::uint64_t> handle;    // of the thread, in the table; 0: none
  std::atomic<std::uint32_t> job;       // odd while it carries a thread; another for each one
  std::atomic<std::uint8_t> nice;       // plus 20
  std::atomic<std::uint8_t> what;       // Class
  std::atomic<std::uint8_t> processor;
  std::atomic<std::uint64_t> rests;     // how often it went to sleep
  // The scheduler's: it has set a turn other than that for `first_turn` of a normal thread.
  std::atomic<std::uint8_t> paced;
};
static_assert(sizeof(Row) == 64 && sizeof(Row) * kMostRows == std::size_t{1} << kMemoryBits);
static_assert(std::atomic<std::uint64_t>::is_always_lock_free);

constexpr bool carries(std::uint32_t job) { return (job & 1) != 0; }

inline Wish wish_of(const Row& row) {
  const int nice = static_cast<int>(row.nice.load(std::memory_order_relaxed)) + kLeastNice;
  const std::uint8_t what = row.what.load(std::memory_order_relaxed);
  return {.nice = static_cast<std::int8_t>(std::clamp(nice, kLeastNice, kMostNice)),
          .what = what <= static_cast<std::uint8_t>(Class::idle) ? static_cast<Class>(what) : Class::normal};
}
inline void set_wish(Row& row, Wish wish) {
  row.nice.store(static_cast<std::uint8_t>(wish.nice - kLeastNice), std::memory_order_relaxed);
  row.what.store(static_cast<std::uint8_t>(wish.what), std::memory_order_relaxed);
}

// A handle as it is through a table in another: the slot of that table, then the slot in it.
// 0 when one of them has no place there (abi/nucleus.toml, handles).
constexpr std::uint64_t handle_through(std::uint64_t table, std::uint64_t handle) {
  constexpr std::uint64_t kPath = 0xffff'ffff, kIndexBits = 15, kTwo = std::uint64_t{1} << 30;
  const std::uint64_t outer = table & kPath, inner = handle & kPath;
  if (outer >> kIndexBits != 0 || inner < kFirstRow || inner >= kMostRows) return 0;
  return (handle & ~kPath) | kTwo | outer << kIndexBits | inner;
}

// What a row says, once read and found to make sense.
struct Claim {
  std::uint64_t handle = 0;   // as the row has it: tells whether it is the same thread
  std::uint64_t through = 0;  // as the scheduler uses it
  std::uint32_t job = 0;
  Wish wish;
  std::uint8_t processor = 0;  // below kMostProcessors
  std::uint64_t rests = 0;
};
inline constexpr std::uint8_t kMostProcessors = 64;

// Nothing when it carries no thread, or says so. `table`: the scheduler's handle of the table.
inline std::optional<Claim> read_row(const Row& row, std::uint64_t table) {
  const std::uint32_t job = row.job.load(std::memory_order_acquire);
  const std::uint64_t handle = row.handle.load(std::memory_order_relaxed), through = handle_through(table, handle);
  if (!carries(job) || through == 0) return std::nullopt;
  return Claim{.handle = handle,
               .through = through,
               .job = job,
               .wish = wish_of(row),
               .processor = std::min<std::uint8_t>(row.processor.load(std::memory_order_relaxed), kMostProcessors - 1),
               .rests = row.rests.load(std::memory_order_relaxed)};
}

}  // namespace tessera::schedule
