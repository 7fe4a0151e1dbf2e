// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "lib/rt/scope.hpp"
#include "lib/rt/signal.hpp"
#include "tests/support/check.hpp"
#include "tests/unit/lib/ring/random.hpp"
#include "tests/unit/lib/rt/host_runtime.hpp"

using namespace tessera;
using rt::Scope;
using rt::Signal;
using rt::Task;
using rt::WaitError;
using test::HostLoop;

namespace {

Task<int> twice(HostLoop& loop, int value) {
  (void)co_await loop.turn();
  co_return value * 2;
}

// Notes its letter when the event happens, in capitals when it was cancelled.
Task<> note_event(HostLoop& loop, unsigned bit, std::string& notes, char letter) {
  const auto done = co_await loop.event(bit);
  notes += done ? letter : static_cast<char>(letter - 'a' + 'A');
}
Task<> note_sleep(HostLoop& loop, std::uint64_t deadline, std::string& notes, char letter) {
  const auto done = co_await loop.sleep_until(deadline);
  notes += done ? letter : static_cast<char>(letter - 'a' + 'A');
}
Task<> note_signal(Signal& signal, std::string& notes, char letter) {
  const auto done = co_await signal.wait();
  notes += done ? letter : static_cast<char>(letter - 'a' + 'A');
}

// Joins a scope of two, and waits once more.
Task<> nested(HostLoop& loop, std::string& notes) {
  Scope inner(loop);
  inner.spawn(note_event(loop, 5, notes, 'x'));
  inner.spawn(note_sleep(loop, 1'000'000, notes, 'y'));
  co_await inner.join();
  CHECK_EQ(inner.running(), 0u);
  const auto done = co_await loop.event(6);
  notes += done ? 'n' : 'N';
}

Task<> outer(HostLoop& loop, Scope& scope, bool& ended) {
  co_await scope.join();
  CHECK_EQ(scope.running(), 0u);
  ended = true;
  (void)loop;
}

}  // namespace

TEST(a_task_gives_its_value_to_who_awaits_it) {
  HostLoop loop;
  Scope scope(loop);
  int result = 0;
  scope.spawn([](HostLoop& own, int& into) -> Task<> { into = co_await twice(own, 4) + co_await twice(own, 5); }(loop, result));
  CHECK_EQ(result, 0);
  loop.settle();
  CHECK_EQ(result, 18);
  CHECK_EQ(scope.running(), 0u);
}

TEST(an_event_wakes_all_that_wait_and_is_kept_for_one_that_comes) {
  HostLoop loop;
  Scope scope(loop);
  std::string notes;
  scope.spawn(note_event(loop, 3, notes, 'a'));
  scope.spawn(note_event(loop, 3, notes, 'b'));
  scope.spawn(note_event(loop, 63, notes, 'c'));
  loop.settle();
  CHECK_EQ(notes, "");
  loop.deliver(std::uint64_t{1} << 3);
  CHECK_EQ(notes, "");  // in their turn
  loop.settle();
  CHECK_EQ(notes, "ab");
  loop.deliver(std::uint64_t{1} << 63 | 1);
  loop.deliver(1);
  scope.spawn(note_event(loop, 0, notes, 'd'));
  scope.spawn(note_event(loop, 0, notes, 'e'));
  loop.settle();
  CHECK_EQ(notes, "abcd");
  scope.cancel();
  loop.settle();
  CHECK_EQ(notes, "abcdE");
}

TEST(bits_are_claimed_once) {
  HostLoop loop;
  CHECK(loop.claim_bit(0u));
  CHECK(!loop.claim_bit(0u));
  for (unsigned bit = 1; bit < 64; ++bit) CHECK_EQ(loop.claim_bit().value(), bit);
  CHECK(!loop.claim_bit().has_value());
  loop.give_back_bit(17);
  CHECK_EQ(loop.claim_bit().value(), 17u);
}

TEST(sleepers_wake_by_their_time) {
  HostLoop loop;
  Scope scope(loop);
  std::string notes;
  scope.spawn(note_sleep(loop, 30, notes, 'c'));
  scope.spawn(note_sleep(loop, 10, notes, 'a'));
  scope.spawn(note_sleep(loop, 20, notes, 'b'));
  scope.spawn(note_sleep(loop, 30, notes, 'd'));
  CHECK_EQ(loop.deadline_ns().value(), 10u);
  loop.expire(9);
  loop.settle();
  CHECK_EQ(notes, "");
  loop.expire(25);
  loop.settle();
  CHECK_EQ(notes, "ab");
  loop.expire(30);
  loop.settle();
  CHECK_EQ(notes, "abcd");
  CHECK(!loop.deadline_ns().has_value());
}

TEST(a_signal_wakes_in_turn_and_is_kept_once) {
  HostLoop loop;
  Scope scope(loop);
  Signal signal;
  std::string notes;
  scope.spawn(note_signal(signal, notes, 'a'));
  signal.raise();
  signal.raise();
  signal.raise();
  CHECK_EQ(notes, "");
  scope.spawn(note_signal(signal, notes, 'b'));
  scope.spawn(note_signal(signal, notes, 'c'));
  loop.settle();
  CHECK_EQ(notes, "ab");
  scope.cancel();
  loop.settle();
  CHECK_EQ(notes, "abC");
}

TEST(who_gives_way_lets_all_others_go_first) {
  HostLoop loop;
  Scope scope(loop);
  std::string notes;
  const auto turns = [](HostLoop& own, std::string& into, char letter) -> Task<> {
    for (unsigned i = 0; i < 3; ++i) {
      into += letter;
      (void)co_await own.turn();
    }
  };
  scope.spawn(turns(loop, notes, 'a'));
  scope.spawn(turns(loop, notes, 'b'));
  CHECK(loop.run_ready(2));
  CHECK_EQ(notes, "abab");
  loop.settle();
  CHECK_EQ(notes, "ababab");
}

TEST(a_cancelled_scope_tells_every_wait_and_joins_all) {
  HostLoop loop;
  Scope outside(loop), inside(loop);
  Signal signal;
  std::string notes;
  bool ended = false;
  inside.spawn(note_event(loop, 1, notes, 'a'));
  inside.spawn(note_sleep(loop, 1000, notes, 'b'));
  inside.spawn(note_signal(signal, notes, 'c'));
  inside.spawn(nested(loop, notes));
  outside.spawn(outer(loop, inside, ended));
  loop.settle();
  inside.cancel();
  CHECK(!ended);
  CHECK_EQ(notes, "");
  loop.settle();
  CHECK_EQ(notes, "ABCXYN");
  CHECK(ended);
  CHECK_EQ(outside.running(), 0u);
  CHECK(!loop.deadline_ns().has_value());
  // Nobody is left where it waited.
  loop.deliver(~std::uint64_t{0});
  signal.raise();
  CHECK(!loop.any_ready());
  // Who comes later is told at its first wait.
  inside.spawn(note_event(loop, 2, notes, 'd'));
  CHECK_EQ(notes, "ABCXYND");
}

TEST(a_join_is_not_cut_short) {
  HostLoop loop;
  Scope outside(loop), inside(loop);
  Signal never;
  bool ended = false, stubborn_done = false;
  // Goes on for two more turns after it was told.
  inside.spawn([](HostLoop& own, Signal& release, bool& done) -> Task<> {
    const auto told = co_await release.wait();
    CHECK(told == std::unexpected(WaitError::cancelled));
    CHECK(co_await own.turn() == std::unexpected(WaitError::cancelled));
    done = true;
  }(loop, never, stubborn_done));
  outside.spawn(outer(loop, inside, ended));
  outside.cancel();
  CHECK(!ended);
  loop.settle();
  CHECK(stubborn_done && ended);
}

TEST(cancelling_what_is_ready_already_comes_at_the_next_wait) {
  HostLoop loop;
  Scope scope(loop);
  std::string notes;
  scope.spawn([](HostLoop& own, std::string& into) -> Task<> {
    into += co_await own.event(1) ? 'a' : 'A';
    into += co_await own.event(2) ? 'b' : 'B';
  }(loop, notes));
  loop.deliver(2);
  scope.cancel();
  loop.deliver(4);
  loop.settle();
  CHECK_EQ(notes, "aB");
}

// Many tasks over events, times, signals and turns in scopes of scopes, some cancelled: all end, and
// each wait ends once.
TEST(random_trees_of_tasks_all_end) {
  test::Random random("trees of tasks");
  struct World {
    HostLoop loop;
    std::array<Signal, 4> signals;
    test::Random& random;
    std::uint64_t now = 0, started = 0, ended = 0, cancelled = 0;
  };
  struct Grow {
    static Task<> tree(World& world, unsigned depth) {
      ++world.started;
      Scope scope(world.loop);
      const std::uint64_t children = depth == 0 ? 0 : world.random.below(4);
      for (std::uint64_t i = 0; i < children; ++i) scope.spawn(tree(world, depth - 1));
      for (std::uint64_t i = world.random.below(5); i > 0; --i) {
        rt::WaitResult done;
        switch (world.random.below(5)) {
          case 0: done = co_await world.loop.event(static_cast<unsigned>(world.random.below(8))); break;
          case 1: done = co_await world.loop.sleep_until(world.now + world.random.below(50)); break;
          case 2: done = co_await world.signals[world.random.below(4)].wait(); break;
          case 3: scope.cancel(); break;
          default: done = co_await world.loop.turn(); break;
        }
        if (!done) ++world.cancelled;
      }
      co_await scope.join();
      CHECK_EQ(scope.running(), 0u);
      ++world.ended;
    }
  };
  for (unsigned round = 0; round < 300; ++round) {
    World world{.loop = {}, .signals = {}, .random = random};
    Scope all(world.loop);
    for (unsigned i = 0; i < 10; ++i) all.spawn(Grow::tree(world, 4));
    const bool cancel = random.one_in(2);
    for (unsigned step = 0; step < 2'000 && all.running() > 0; ++step) {
      world.loop.deliver(std::uint64_t{1} << random.below(8));
      world.signals[random.below(4)].raise();
      world.loop.expire(world.now += random.below(10));
      (void)world.loop.run_ready(random.below(20));
      if (cancel && step == 20) all.cancel();
    }
    CHECK_EQ(all.running(), 0u);
    CHECK_EQ(world.started, world.ended);
    CHECK(!world.loop.any_ready() && !world.loop.deadline_ns());
    if (all.running() > 0) return;
  }
}

// A request: a task that calls another, which waits twice.
TEST(requests_do_not_call_the_heap) {
  HostLoop loop;
  Scope scope(loop);
  Signal signal;
  const auto request = [](HostLoop& own, Signal& done, int& sum) -> Task<> {
    sum += co_await twice(own, 1);
    if (!co_await done.wait()) co_return;
    (void)co_await own.sleep_until(1);
  };
  int sum = 0;
  const auto serve = [&](unsigned count) {
    for (unsigned i = 0; i < count; ++i) scope.spawn(request(loop, signal, sum));
    loop.settle();
    signal.raise();
    loop.settle();
    loop.expire(2);
    loop.settle();
    CHECK_EQ(scope.running(), 0u);
  };
  serve(100);
  const std::uint64_t before = test::heap_calls();
  for (unsigned round = 0; round < 100; ++round) serve(100);
  CHECK_EQ(test::heap_calls() - before, 0u);
  CHECK_EQ(sum, 2 * 100 * 101);
}

TEST(a_hundred_thousand_tasks_at_a_time) {
  constexpr unsigned kTasks = 100'000;
  HostLoop loop;
  Scope scope(loop);
  std::uint64_t woken = 0;
  const auto waiter = [](HostLoop& own, std::uint64_t deadline, std::uint64_t& count) -> Task<> {
    if (co_await own.sleep_until(deadline)) ++count;
  };
  const std::uint64_t before = test::heap_calls();
  for (unsigned i = 0; i < kTasks; ++i) scope.spawn(waiter(loop, i * 7919ull % kTasks, woken));
  CHECK_EQ(scope.running(), kTasks);
  std::printf("%u tasks: %zu bytes each, %llu calls of the heap\n", kTasks, loop.frames().slab_bytes() / kTasks,
              static_cast<unsigned long long>(test::heap_calls() - before));
  CHECK(loop.frames().slab_bytes() < std::size_t{40} << 20);
  loop.expire(kTasks / 2 - 1);
  loop.settle();
  CHECK_EQ(woken, kTasks / 2);
  scope.cancel();
  loop.settle();
  CHECK_EQ(scope.running(), 0u);
  CHECK_EQ(woken, kTasks / 2);
}
