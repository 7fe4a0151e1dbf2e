// SPDX-License-Identifier: Apache-2.0
// What the policy promises: who waits for input runs at once, nice(2) says how time is shared,
// the background gets what is left, and nobody starves.
#include "tests/support/check.hpp"
#include "tests/unit/kernel/fixture/random.hpp"
#include "tests/unit/scheduler/processor.hpp"

namespace tessera::scheduler::test {

namespace {

using nucleus::test::Random;
using nucleus::test::seed_or;

constexpr std::uint64_t kSecond = 1000 * kMs;

double ratio(const Player& a, const Player& b) { return static_cast<double>(a.ran_ns) / static_cast<double>(b.ran_ns); }

}  // namespace

TEST(nice_tells_how_time_is_shared) {
  for (const int nice : {1, 3, 5, 8, 10}) {
    Processor processor;
    const Player& plain = processor.add({});
    const Player& nicer = processor.add({.nice = static_cast<std::int8_t>(nice)});
    processor.run(20 * kSecond);
    double wanted = 1;
    for (int step = 0; step < nice; ++step) wanted *= 1.25;
    CHECK(ratio(plain, nicer) > wanted * 0.8 && ratio(plain, nicer) < wanted * 1.25);
  }
  Processor processor;
  const Player& wanted = processor.add({.nice = -5});
  const Player& plain = processor.add({});
  processor.run(20 * kSecond);
  CHECK(ratio(wanted, plain) > 2.4 && ratio(wanted, plain) < 3.8);
}

TEST(equals_get_the_same) {
  Processor processor;
  std::vector<const Player*> players;
  for (unsigned i = 0; i < 8; ++i) players.push_back(&processor.add({}));
  processor.run(10 * kSecond);
  for (const Player* one : players) CHECK(ratio(*one, *players.front()) > 0.9 && ratio(*one, *players.front()) < 1.1);
}

// Partners that wake each other all the time lose by it when one is in its guest and the
// other is not; nobody gains by their being less urgent, unless he computes.
TEST(partners_alone_stay_at_the_base) {
  Processor processor;
  std::vector<const Player*> partners;
  for (unsigned i = 0; i < 3; ++i) partners.push_back(&processor.add({}, 100 * kUs, 50 * kUs));
  processor.run(2 * kSecond);
  for (const Player* one : partners) CHECK(one->windows[schedule::index_of(Level::base)] + 1 >= 2 * kSecond / kWindowNs);
  const Player& computes = processor.add({});
  processor.run(4 * kSecond);
  CHECK(computes.ran_ns > kSecond * 8 / 10);  // of four
  for (const Player* one : partners) CHECK(one->ran_ns > kSecond * 12 / 10);  // of six
}

TEST(who_waits_for_input_runs_at_once) {
  for (const unsigned computing : {1u, 8u, 40u}) {
    Processor processor;
    for (unsigned i = 0; i < computing; ++i) processor.add({});
    processor.run(2 * kSecond);
    Player& shell = processor.add({}, kMs, 20 * kMs);
    Player& editor = processor.add({}, 2 * kMs, 50 * kMs);
    processor.run(10 * kSecond);
    for (const Player* one : {&shell, &editor}) {
      CHECK_EQ(one->windows[schedule::index_of(Level::base)] + 1 >= 10 * kSecond / kWindowNs, true);
      CHECK(one->slowest_burst_ns <= 4 * kMs);  // its own, and the other's
    }
  }
}

// After a burst of computing it is soon back.
TEST(who_stops_computing_goes_up_again) {
  Processor processor;
  for (unsigned i = 0; i < 4; ++i) processor.add({});
  Player& shell = processor.add({}, 60 * kMs, 200 * kMs);  // a long command
  processor.run(5 * kSecond);
  CHECK(shell.windows[schedule::index_of(Level::bulk)] > 0);
  shell.burst_ns = kMs;
  shell.pause_ns = 20 * kMs;
  processor.run(kSecond);
  shell.slowest_burst_ns = 0;
  processor.run(5 * kSecond);
  CHECK(shell.slowest_burst_ns <= 2 * kMs);
}

TEST(background_gets_what_is_left) {
  for (const Wish wish : {Wish{.nice = 19}, Wish{.nice = 0, .what = Class::idle}}) {
    Processor processor;
    const Player& plain = processor.add({});
    const Player& behind = processor.add(wish);
    processor.run(20 * kSecond);
    CHECK(ratio(behind, plain) > 0.003 && ratio(behind, plain) < 0.06);
    Processor idle;
    const Player& alone = idle.add(wish);
    Player& now_and_then = idle.add({}, kMs, 9 * kMs);
    idle.run(kSecond);
    CHECK(alone.ran_ns > kSecond * 8 / 10);
    CHECK(now_and_then.slowest_burst_ns <= kMs + kStepNs);
  }
}

// Whatever runs beside it, and as urgent as that is: who is ready has a turn within a bound
// that grows with the number of threads.
TEST(nobody_starves) {
  const std::uint64_t seed = seed_or(7);
  for (std::uint64_t round = 0; round < 30; ++round) {
    Random random(seed + round);
    Processor processor;
    std::vector<Player*> players;
    const std::uint64_t count = 1 + random.below(24);
    for (std::uint64_t i = 0; i < count; ++i) {
      const Wish wish{.nice = static_cast<std::int8_t>(static_cast<int>(random.below(40)) - 20), .what = static_cast<Class>(random.below(3))};
      const bool computes = random.one_in(2);
      players.push_back(&processor.add(wish, computes ? 0 : (1 + random.below(200)) * 100 * kUs, computes ? 0 : random.below(300) * 100 * kUs));
    }
    processor.run((10 + count) * kSecond);
    for (const Player* one : players) {
      if (one->longest_wait_ns <= (count + 2) * kSecond) continue;
      ::tessera::test::note_failure(__FILE__, __LINE__, "seed " + std::to_string(seed + round) + ": a thread of nice " +
                                                            std::to_string(one->wish.nice) + " waited " +
                                                            std::to_string(one->longest_wait_ns / kMs) + " ms");
    }
  }
}

// Ever new threads, each of which is at the base level while it lasts.
TEST(a_storm_of_short_threads_starves_nobody) {
  Processor processor;
  Player& computes = processor.add({});
  Player& behind = processor.add({.nice = 19});
  for (unsigned i = 0; i < 6; ++i) processor.add({}, 2 * kMs, 6 * kMs);  // together more than there is
  processor.run(20 * kSecond);
  CHECK(computes.ran_ns > kSecond / 5);
  CHECK(behind.ran_ns > kSecond / 20);
}

TEST(settled_when_all_have_what_they_want) {
  {
    Processor processor;
    processor.add({});
    processor.run(kSecond);
    CHECK(processor.settled());
  }
  {
    Processor processor;
    processor.add({});
    processor.add({});
    processor.run(kSecond);
    CHECK(!processor.settled());
  }
  {
    Processor processor;
    Player& pauses = processor.add({}, 100 * kMs, 900 * kMs);
    processor.add({}, 100 * kMs, 900 * kMs);
    processor.run(250 * kMs);
    CHECK(!pauses.ready && !processor.settled());  // it still has to go up again
    processor.run(400 * kMs);
    CHECK(!pauses.ready && processor.settled());
  }
  {
    Processor processor;  // partners that take turns, and leave nothing of it
    processor.add({}, 200 * kUs, 200 * kUs);
    processor.add({}, 200 * kUs, 200 * kUs);
    processor.run(kSecond);
    CHECK(processor.settled());
    processor.add({});
    processor.run(kSecond);
    CHECK(!processor.settled());
  }
}

}  // namespace tessera::scheduler::test
