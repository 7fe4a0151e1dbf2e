// SPDX-License-Identifier: Apache-2.0
// FutexTable used by several threads at once, each with the lock of the key it is about, as
// by those who share the big lock. Pairs hand a word back and forth through it, and others
// wake everybody in vain; some waiters give up and try again. That nobody sleeps for ever is
// what the end of the test shows, and the thread sanitizer sees what is not ordered.
#include <array>
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <thread>
#include <vector>

#include "components/linux/futex/table.hpp"

namespace tessera::lx {

namespace {

constexpr unsigned kPairs = 3, kRounds = 20000, kPatience = 3;

// As core/wait.cpp has it.
enum class State : std::uint8_t { awake, waking, asleep };
struct Sleeper {
  std::atomic<State> state{State::awake};
  unsigned placed = 0;  // by who wakes it alone
};

bool claim(Sleeper& sleeper) {
  State expected = State::asleep;
  return sleeper.state.compare_exchange_strong(expected, State::waking, std::memory_order_acquire, std::memory_order_relaxed);
}
void wake(void* owner) {
  Sleeper& sleeper = *static_cast<Sleeper*>(owner);
  if (!claim(sleeper)) return;
  ++sleeper.placed;
  sleeper.state.store(State::awake, std::memory_order_release);
}

FutexTable table(wake);
std::array<std::atomic<unsigned>, kPairs> words{};
std::atomic<unsigned> failures{0};
std::atomic<unsigned> given_up{0};
std::atomic<bool> over{false};

FutexKey key_of(unsigned pair) { return {.object = &words, .offset = pair * 4}; }

// Until the word is not `seen`, or for a while only.
void wait(unsigned pair, unsigned seen, Sleeper& self) {
  FutexWaiter waiter;
  waiter.key = key_of(pair);
  waiter.owner = &self;
  {
    const rt::LockGuard guard(table.lock_of(waiter.key));
    if (words.at(pair).load() != seen) return;
    table.add(waiter);
    self.state.store(State::asleep, std::memory_order_release);
  }
  unsigned looks = 0;
  while (self.state.load(std::memory_order_acquire) != State::awake) {
    if (++looks == kPatience) wake(&self);
    std::this_thread::yield();
  }
  if (!waiter.queued.load(std::memory_order_acquire)) return;
  const rt::LockGuard guard(table.lock_of(waiter.key));
  if (waiter.queued) ++given_up;
  table.remove(waiter);
  if (waiter.queued) ++failures;
}

void wake_all(unsigned pair) {
  const rt::LockGuard guard(table.lock_of(key_of(pair)));
  table.wake(key_of(pair), ~std::size_t{0}, ~std::uint32_t{0});
}

void take_turns(unsigned pair, unsigned mine) {
  Sleeper self;
  for (unsigned round = 0; round < kRounds; ++round) {
    unsigned seen = 0;
    while ((seen = words.at(pair).load()) % 2 != mine) wait(pair, seen, self);
    words.at(pair).store(seen + 1);
    wake_all(pair);
  }
}

void disturb() {
  while (!over.load()) {
    for (unsigned pair = 0; pair < kPairs; ++pair) wake_all(pair);
    std::this_thread::yield();
  }
}

}  // namespace

}  // namespace tessera::lx

int main() {
  using namespace tessera::lx;
  std::vector<std::thread> players;
  for (unsigned pair = 0; pair < kPairs; ++pair)
    for (const unsigned mine : {0U, 1U}) players.emplace_back(take_turns, pair, mine);
  std::thread other(disturb);
  for (std::thread& player : players) player.join();
  over.store(true);
  other.join();
  for (unsigned pair = 0; pair < kPairs; ++pair) {
    if (words.at(pair).load() != 2 * kRounds) ++failures;
    if (table.first(key_of(pair)) != nullptr) ++failures;
  }
  std::printf("futex_threads: %u failures, %u waits given up\n", failures.load(), given_up.load());
  return failures.load() == 0 ? 0 : 1;
}
