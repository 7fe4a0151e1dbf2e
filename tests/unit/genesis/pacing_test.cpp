// SPDX-License-Identifier: Apache-2.0
// When a component is started again that ends again and again.
#include "components/genesis/pacing.hpp"
#include "tests/support/check.hpp"

namespace tessera::genesis::test {

namespace {

constexpr std::uint64_t kMs = 1'000'000, kSecond = 1000 * kMs;

// Lives of `life_ns` in a row; when the last of them began.
std::uint64_t run(Pacing& pacing, std::uint64_t now, unsigned lives, std::uint64_t life_ns, bool ready) {
  for (unsigned i = 0; i < lives; ++i) {
    const std::uint64_t end = now + life_ns, next = pacing.next_start(end, ready);
    CHECK(next >= end);
    now = next;
  }
  return now;
}

}  // namespace

TEST(the_first_failures_cost_no_time) {
  Pacing pacing;
  CHECK(run(pacing, kSecond, Pacing::kAtOnce, kMs, true) == kSecond + Pacing::kAtOnce * kMs);
}

TEST(ten_starts_a_second_in_the_long_run) {
  Pacing pacing;
  const std::uint64_t begin = kSecond, end = run(pacing, begin, 1000, kMs, true);
  CHECK(end - begin >= (1000 - Pacing::kAtOnce) * Pacing::kIntervalNs);
  CHECK(end - begin <= 1000 * Pacing::kIntervalNs);
}

TEST(who_lives_long_enough_never_waits) {
  Pacing pacing;
  CHECK(run(pacing, kSecond, 1000, Pacing::kIntervalNs, true) == kSecond + 1000 * Pacing::kIntervalNs);
}

TEST(good_times_pay_for_bad_ones) {
  Pacing pacing;
  std::uint64_t now = run(pacing, kSecond, 50, kMs, true);
  now += 10 * kSecond;
  CHECK(run(pacing, now, Pacing::kAtOnce, kMs, true) == now + Pacing::kAtOnce * kMs);
}

TEST(who_is_never_ready_waits_longer_each_time) {
  Pacing pacing;
  std::uint64_t now = kSecond, before = 0;
  CHECK(pacing.next_start(now, false) == now);  // once is no row
  for (unsigned i = 0; i < 100; ++i) {
    const std::uint64_t pause = pacing.next_start(now, false) - now;
    CHECK(pause >= before && pause <= Pacing::kLongestPauseNs);
    before = pause;
    now += pause;
  }
  CHECK(before == Pacing::kLongestPauseNs);
  // Ready once: that is over.
  now += 10 * kSecond;
  CHECK(pacing.next_start(now, true) == now);
  CHECK(pacing.next_start(now, false) == now);
}

}  // namespace tessera::genesis::test
