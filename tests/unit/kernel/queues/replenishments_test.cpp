// SPDX-License-Identifier: Apache-2.0
// The sporadic server against its definition: in every window of one period at
// most the budget is used, and whoever always wants more gets all of it.
#include <algorithm>
#include <vector>

#include "kernel/sched/replenishments.hpp"
#include "tests/support/check.hpp"
#include "tests/unit/kernel/fixture/random.hpp"

namespace tessera::nucleus::test {

namespace {

struct Use {
  std::uint64_t start, end;
};

// Most use in any window of `period` ticks. It is reached by a window that begins
// where a use does or ends where one does.
std::uint64_t most_in_a_window(const std::vector<Use>& uses, std::uint64_t period) {
  std::uint64_t most = 0;
  const auto look = [&](std::uint64_t from) {
    std::uint64_t sum = 0;
    for (const Use& use : uses) {
      const std::uint64_t start = std::max(use.start, from), end = std::min(use.end, from + period);
      if (start < end) sum += end - start;
    }
    most = std::max(most, sum);
  };
  for (const Use& use : uses) {
    look(use.start);
    look(use.end > period ? use.end - period : 0);
  }
  return most;
}

}  // namespace

TEST(no_window_sees_more_than_the_budget) {
  Random random(seed_or(11));
  for (unsigned round = 0; round < 300; ++round) {
    const std::uint64_t period = 20 + random.below(500), budget = 1 + random.below(period - 1);
    const std::uint64_t longest_break = 1 + random.below(2 * period);
    Replenishments server;
    server.configure(budget, period);
    std::vector<Use> uses;
    std::uint64_t now = 1000;
    for (unsigned step = 0; step < 150; ++step) {
      const std::uint64_t available = server.available(now);
      CHECK_EQ(available > 0, server.next() <= now);
      if (available > 0 && !random.one_in(3)) {
        const std::uint64_t used = random.one_in(3) ? available : 1 + random.below(available);
        server.use(used, now + used);
        uses.push_back({now, now + used});
        now += used;
      } else {
        now = random.one_in(2) && server.next() > now ? server.next() : now + random.below(longest_break);
      }
      CHECK_EQ(server.total(), budget);
    }
    CHECK(most_in_a_window(uses, period) <= budget);
  }
}

TEST(who_always_wants_more_gets_the_whole_budget) {
  Random random(seed_or(12));
  for (unsigned round = 0; round < 100; ++round) {
    const std::uint64_t period = 20 + random.below(500), budget = 1 + random.below(period - 1);
    Replenishments server;
    server.configure(budget, period);
    std::uint64_t now = 0, used = 0;
    while (now < 50 * period) {
      if (server.next() > now) now = server.next();
      // Charged in several pieces, as at each entry to the nucleus.
      const std::uint64_t piece = 1 + random.below(server.available(now));
      now += piece;
      used += piece;
      server.use(piece, now);
    }
    CHECK(used >= 50 * budget);
  }
}

// A timer that fires late costs no one else: what was used too much is missing later.
TEST(late_timers_are_paid_back) {
  Random random(seed_or(13));
  for (unsigned round = 0; round < 100; ++round) {
    const std::uint64_t period = 50 + random.below(500), budget = 10 + random.below(period - 20);
    Replenishments server;
    server.configure(budget, period);
    std::uint64_t now = 0, used = 0;
    while (now < 100 * period) {
      if (server.next() > now) now = server.next();
      const std::uint64_t late = random.below(10);
      const std::uint64_t stretch = server.available(now) + late;
      now += stretch;
      used += stretch;
      server.use(stretch, now);
      CHECK_EQ(server.total(), budget);
    }
    // One budget at the start, one under way, one borrowed.
    CHECK(used <= (now / period + 3) * budget);
  }
}

TEST(unused_time_does_not_pile_up) {
  Replenishments server;
  server.configure(10, 100);
  CHECK_EQ(server.available(1'000'000), 10);
  server.use(10, 1'000'010);
  CHECK_EQ(server.available(1'000'010), 0);
  CHECK_EQ(server.next(), 1'000'100);
}

// With more breaks than entries the server gives less in time, never more in sum.
TEST(many_short_uses_are_merged) {
  Replenishments server;
  server.configure(100, 1000);
  for (unsigned i = 0; i < 50; ++i) server.use(2, 10 * (i + 1));
  CHECK_EQ(server.total(), 100);
  CHECK_EQ(server.available(500), 0);
  CHECK_EQ(server.available(2000), 100);
}

}  // namespace tessera::nucleus::test
