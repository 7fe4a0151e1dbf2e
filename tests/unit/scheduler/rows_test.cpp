// SPDX-License-Identifier: Apache-2.0
// Rows are another component's: whatever bytes they hold, what is taken from them makes sense.
#include "lib/schedule/rows.hpp"

#include <cstring>

#include "tests/support/check.hpp"
#include "tests/unit/kernel/fixture/random.hpp"

namespace tessera::schedule::test {

namespace {

constexpr std::uint64_t kTable = std::uint64_t{5} << 32 | 77;  // slot 77, generation 5

}  // namespace

TEST(row_is_read_as_written) {
  Row row{};
  CHECK(!read_row(row, kTable));
  row.handle = std::uint64_t{9} << 32 | 1000;
  row.job = 3;
  row.processor = 7;
  for (int nice = kLeastNice; nice <= kMostNice; ++nice) {
    for (const Class what : {Class::normal, Class::batch, Class::idle}) {
      const Wish wish{.nice = static_cast<std::int8_t>(nice), .what = what};
      set_wish(row, wish);
      const auto claim = read_row(row, kTable);
      CHECK(claim && claim->wish == wish && claim->processor == 7 && claim->job == 3);
      // Two steps: slot 77 of the own table, slot 1000 of that.
      CHECK(claim && claim->through == (std::uint64_t{9} << 32 | 1u << 30 | 77 << 15 | 1000));
    }
  }
  row.job = 4;
  CHECK(!read_row(row, kTable));  // its thread ended
}

TEST(damaged_rows_make_sense) {
  const std::uint64_t seed = nucleus::test::seed_or(3);
  nucleus::test::Random random(seed);
  for (unsigned i = 0; i < 200'000; ++i) {
    Row row{};
    // Most handles that are wholly random lead nowhere: half are of small numbers.
    row.handle = random.one_in(2) ? random.next() : random.below(2) << 32 | random.below(2 * kMostRows);
    row.job = static_cast<std::uint32_t>(random.next());
    row.nice = static_cast<std::uint8_t>(random.next());
    row.what = static_cast<std::uint8_t>(random.next());
    row.processor = static_cast<std::uint8_t>(random.next());
    const auto claim = read_row(row, random.one_in(4) ? random.next() : kTable);
    if (!claim) continue;
    CHECK(claim->wish.nice >= kLeastNice && claim->wish.nice <= kMostNice);
    CHECK(claim->wish.what == Class::normal || claim->wish.what == Class::batch || claim->wish.what == Class::idle);
    CHECK(claim->processor < kMostProcessors);
    // In the table, behind the slots that are never used; by two steps.
    CHECK((claim->through >> 30 & 3) == 1);
    CHECK((claim->through & 0x7fff) >= kFirstRow && (claim->through & 0x7fff) < kMostRows);
  }
}

// No turn is one that the nucleus refuses, or more urgent than a thread is.
TEST(turns_are_possible) {
  for (int nice = kLeastNice; nice <= kMostNice; ++nice) {
    for (const Class what : {Class::normal, Class::batch, Class::idle}) {
      const Wish wish{.nice = static_cast<std::int8_t>(nice), .what = what};
      std::uint64_t above = 256;
      for (unsigned level = 0; level < kLevels; ++level) {
        const Turn turn = turn_of(static_cast<Level>(level), wish);
        CHECK(turn.priority < above);
        CHECK(turn.slice_ns == 0 || (turn.slice_ns >= 100'000 && turn.slice_ns <= 1'000'000'000));
        above = turn.priority;
      }
      CHECK(first_turn(wish).priority == (background(wish) ? turn_of(Level::background, wish).priority : 255));
    }
  }
  CHECK(first_turn({}) == Turn{});
}

}  // namespace tessera::schedule::test
