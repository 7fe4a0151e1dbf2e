// SPDX-License-Identifier: Apache-2.0
// A SharedMutex used by several threads at once, on fewer places than threads, so that some find theirs taken. What it
// guards is plain memory: the thread sanitizer sees who is there beside one who has it alone.
#include "lib/rt/shared_mutex.hpp"

#include <array>
#include <random>
#include <thread>
#include <vector>

#include "tests/support/check.hpp"

namespace tessera::rt {

// As shared_mutex_wait.cpp, but for the sleep.
namespace {
std::atomic<unsigned> wakes{0};
}
void SharedMutex::await(Place& place, bool spins) {
  for (;;) {
    Use use = spins ? place.use.load(std::memory_order_acquire) : Use::shared;
    if (!spins) (void)place.use.compare_exchange_strong(use, Use::awaited, std::memory_order_acq_rel, std::memory_order_acquire);
    if (use == Use::free) return;
    std::this_thread::yield();
  }
}
void SharedMutex::wake_awaiting() { ++wakes; }

namespace {

constexpr std::size_t kThreads = 4;

struct Guarded {
  SharedMutex mutex;
  // Changed together, by who has it alone.
  std::uint64_t one = 0, other = 0;
};

struct Seen {
  std::uint64_t torn = 0, at_places = 0, counted = 0, alone = 0;
};

NO_THREAD_SAFETY_ANALYSIS void share(Guarded& guarded, std::uint8_t processor, bool stays, Seen& seen) {
  SharedMutex::Place* const place = guarded.mutex.lock_shared(processor);
  const std::uint64_t before = guarded.one;
  if (stays) std::this_thread::yield();
  seen.torn += static_cast<std::uint64_t>(guarded.other != before);
  ++(place != nullptr ? seen.at_places : seen.counted);
  guarded.mutex.unlock_shared(place);
}

NO_THREAD_SAFETY_ANALYSIS void take_alone(Guarded& guarded, bool at_leisure, bool stays, Seen& seen) {
  if (at_leisure) guarded.mutex.lock_at_leisure();
  else guarded.mutex.lock();
  seen.torn += static_cast<std::uint64_t>(guarded.one != guarded.other);
  ++guarded.one;
  if (stays) std::this_thread::yield();
  ++guarded.other;
  ++seen.alone;
  guarded.mutex.unlock();
}

// Once in `rarely` a thread takes it alone, else it shares it.
Seen use(Guarded& guarded, std::size_t thread, unsigned rounds, unsigned rarely) {
  std::mt19937 random(static_cast<unsigned>(thread) + 1);
  Seen seen;
  for (unsigned round = 0; round < rounds; ++round) {
    const bool stays = random() % 16 == 0;
    if (random() % rarely == 0) take_alone(guarded, random() % 2 == 0, stays, seen);
    else share(guarded, static_cast<std::uint8_t>(thread / 2), stays, seen);
  }
  return seen;
}

Seen run(unsigned rounds, unsigned rarely) {
  Guarded guarded;
  std::array<Seen, kThreads> seen{};
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < kThreads; ++i) threads.emplace_back([&, i] { seen.at(i) = use(guarded, i, rounds, rarely); });
  for (std::thread& thread : threads) thread.join();
  Seen all;
  for (const Seen& one : seen) {
    all.torn += one.torn;
    all.at_places += one.at_places;
    all.counted += one.counted;
    all.alone += one.alone;
  }
  CHECK_EQ(guarded.one, all.alone);
  CHECK_EQ(guarded.other, all.alone);
  CHECK_EQ(all.torn, 0u);
  CHECK_EQ(all.at_places + all.counted + all.alone, std::uint64_t{rounds} * kThreads);
  return all;
}

}  // namespace

TEST(mostly_shared_it_is_biased_and_not_for_ever) {
  const Seen seen = run(60'000, 2000);
  CHECK(seen.at_places > 0);
  CHECK(seen.counted > 0);
  CHECK(seen.alone > 0);
}

TEST(taken_alone_as_often_as_shared) {
  const Seen seen = run(20'000, 2);
  CHECK(seen.counted > 0);
}

TEST(one_thread_gets_a_place_after_a_while_and_again_after_it_had_it_alone) {
  Guarded guarded;
  Seen seen;
  for (unsigned i = 0; i < 200; ++i) share(guarded, 7, false, seen);
  CHECK(seen.counted >= 64);
  CHECK(seen.at_places > 0);
  Seen first;
  take_alone(guarded, false, false, first);
  share(guarded, 7, false, first);
  CHECK_EQ(first.counted, 1u);
  for (unsigned i = 0; i < 200; ++i) share(guarded, 7, false, first);
  CHECK(first.at_places > 0);
}

namespace {
// The other one sleeps, as far as this one can tell, before it is left.
NO_THREAD_SAFETY_ANALYSIS void share_until_awaited(Guarded& guarded, Seen& others) {
  SharedMutex::Place* const place = guarded.mutex.lock_shared(7);
  CHECK(place != nullptr);
  if (place == nullptr) return guarded.mutex.unlock_shared(place);
  std::thread other([&] { take_alone(guarded, true, false, others); });
  while (place->use.load(std::memory_order_relaxed) != SharedMutex::Use::awaited) std::this_thread::yield();
  guarded.mutex.unlock_shared(place);
  other.join();
}
}  // namespace

TEST(who_sleeps_for_a_place_is_woken) {
  Guarded guarded;
  Seen seen;
  for (unsigned i = 0; i < 200; ++i) share(guarded, 7, false, seen);
  const unsigned before = wakes;
  share_until_awaited(guarded, seen);
  CHECK_EQ(wakes.load(), before + 1);
  CHECK_EQ(guarded.one, 1u);
}

}  // namespace tessera::rt
