// SPDX-License-Identifier: Apache-2.0
// Threads whose guests are less urgent than they are: Thread.pace, Thread.progress, and who is
// told of contention (Budget.watch).
#include "tests/support/check.hpp"
#include "tests/unit/kernel/fixture/invariants.hpp"

namespace tessera::nucleus {
extern "C" bool nucleus_guest_run(Thread& thread, std::uint64_t handle);
}

namespace tessera::nucleus::test {

namespace {

using Method = abi::ThreadMethod;

// Threads 0 and up run guests of one space; those after `guests` sleep.
struct Guests {
  explicit Guests(unsigned guests) : count(guests) {
    guest = m.make(ObjectType::address_space);
    pages = m.make(ObjectType::memory, 15);
    asleep = m.make(ObjectType::notification);
    CHECK(m.invoke(guest, abi::AddressSpaceMethod::donate, {m.make(ObjectType::untyped, 16)}).ok());
    CHECK(m.invoke(guest, abi::AddressSpaceMethod::bind_host, {m.space_cap, 0}).ok());
    for (unsigned i = 0; i < Machine::kThreads; ++i) {
      if (i >= guests) CHECK(m.call(m.thread(i), abi::Call::wait, asleep).blocked());
      else CHECK(m.invoke(m.parked(), m.thread_caps.at(i), Method::set_guest_state, {pages, i * 4096}).ok());
    }
  }
  void pace(unsigned thread, std::uint64_t priority, std::uint64_t slice_ns = 0) {
    CHECK(m.invoke(m.parked(), m.thread_caps.at(thread), Method::pace, {priority, slice_ns}).ok());
  }
  // True: it is in its guest now, or would be if it were its turn.
  bool enter(unsigned thread) {
    m.run(m.thread(thread));
    return !nucleus_guest_run(m.thread(thread), guest);
  }
  [[nodiscard]] unsigned running() {
    for (unsigned i = 0; i < Machine::kThreads; ++i)
      if (this_core().current() == &m.thread(i)) return i;
    return 99;
  }

  Machine m;
  unsigned count;
  std::uint64_t guest = 0, pages = 0, asleep = 0;
};

}  // namespace

TEST(pace_checks) {
  Machine m;
  const std::uint64_t t = m.thread_caps[1];
  const auto pace = [&](Words words) { return m.invoke(t, Method::pace, words).error; };
  CHECK_EQ(pace({256, 0}), Error::bad_argument);
  CHECK_EQ(pace({1, 99'999}), Error::bad_argument);
  CHECK_EQ(pace({1, 1'000'000'001}), Error::bad_argument);
  CHECK_EQ(pace({1, 100'000}), Error::ok);
  // This right gives nothing else, and nothing else gives this.
  const std::uint64_t only = m.copy(t, abi::kRightExecute), others = m.copy(t, kAllRights & ~abi::kRightExecute);
  CHECK_EQ(m.invoke(others, Method::pace, {1, 0}).error, Error::no_right);
  CHECK_EQ(m.invoke(others, Method::progress).error, Error::no_right);
  CHECK_EQ(m.invoke(only, Method::pace, {255, 0}).error, Error::ok);
  CHECK_EQ(m.invoke(only, Method::progress).words[1], 1);
  for (const Method method : {Method::configure, Method::set_registers, Method::schedule, Method::resume, Method::suspend,
                              Method::set_guest_state, Method::set_fixup, Method::kick, Method::sync_guest, Method::read_registers,
                              Method::time, Method::set_timeout})
    CHECK_EQ(m.invoke(only, method, {0, 0, 0, 0, 0}).error, Error::no_right);
}

// However urgent the guest is asked to be, it is never more so than the thread.
TEST(pace_never_raises) {
  Guests g(2);
  g.pace(0, 255);
  g.pace(1, Machine::kPriority);
  CHECK(!g.m.thread(0).asked.paced && !g.m.thread(1).asked.paced);
  CHECK(g.enter(0));
  CHECK_EQ(g.m.thread(0).effective_priority, Machine::kPriority);
}

TEST(paced_guest_gives_way) {
  Guests g(2);
  g.pace(0, 50);
  CHECK_EQ(g.m.thread(0).effective_priority, Machine::kPriority);  // it is in no guest
  g.m.thread(0).woken = false;
  CHECK(!g.enter(0));  // thread 1 is ready, and more urgent than that
  CHECK_EQ(g.running(), 1);
  CHECK_EQ(g.m.thread(0).effective_priority, 50);
  CHECK(g.m.thread(0).in_guest);
  check_invariants(g.m);
  CHECK(g.m.call(g.m.thread(1), abi::Call::wait, g.asleep).blocked());
  CHECK_EQ(g.running(), 0);  // in its guest, without making the call again
  CHECK(g.m.thread(0).in_guest);
  CHECK(g.m.invoke(g.m.parked(), g.m.thread_caps[1], Method::suspend).ok());
  CHECK(g.m.invoke(g.m.parked(), g.m.thread_caps[1], Method::resume).ok());
  CHECK_EQ(g.running(), 1);  // takes the core from a guest that is less urgent
  check_invariants(g.m);
}

// Outside its guest it is as urgent as ever: what it holds others may wait for.
TEST(paced_thread_keeps_the_core_outside_its_guest) {
  Guests g(2);
  g.pace(0, 10);
  g.m.run(g.m.thread(0));
  CHECK(g.m.invoke(g.m.parked(), g.m.thread_caps[1], Method::suspend).ok());
  g.m.run(g.m.thread(0));
  CHECK(g.m.invoke(g.m.thread(0), g.m.thread_caps[1], Method::resume).ok());
  CHECK_EQ(g.running(), 0);
}

// The end of a guest_run from outside makes it as urgent as it is: it has something to do.
TEST(kicked_thread_is_as_urgent_as_it_is) {
  Guests g(2);
  g.pace(0, 50);
  CHECK(!g.enter(0));
  CHECK_EQ(g.running(), 1);
  CHECK(g.m.invoke(g.m.thread(1), g.m.thread_caps[0], Method::kick).ok());
  CHECK(!g.m.thread(0).in_guest);
  CHECK_EQ(g.m.thread(0).effective_priority, Machine::kPriority);
  check_invariants(g.m);
  CHECK_EQ(g.m.call(g.m.thread(1), abi::Call::yield, 0).error, Error::ok);
  CHECK_EQ(g.running(), 0);
}

// A thread that is woken waits for its turn among guests of its priority; one that goes on
// after a call has it still.
TEST(woken_guest_waits_for_its_turn) {
  Guests g(2);
  g.pace(0, 50);
  g.pace(1, 50);
  g.m.thread(0).woken = false;
  CHECK(g.m.invoke(g.m.parked(), g.m.thread_caps[1], Method::suspend).ok());
  CHECK(g.enter(0));
  arch::hosted::advance(kSliceNs / 2);
  CHECK(g.m.invoke(g.m.parked(), g.m.thread_caps[1], Method::resume).ok());
  CHECK_EQ(g.running(), 1);   // runs at once, outside its guest
  CHECK(!g.enter(1));         // but not ahead of the other's turn
  CHECK_EQ(g.running(), 0);
  check_invariants(g.m);
  arch::hosted::advance(kSliceNs / 2 - 1000);
  CHECK_EQ(g.running(), 0);
  arch::hosted::advance(kSliceNs);  // what was left of it
  CHECK_EQ(g.running(), 1);
  g.m.thread(1).in_guest = false;  // a system call
  CHECK(g.enter(1));               // and back: its turn goes on
  CHECK_EQ(g.running(), 1);
  arch::hosted::advance(kSliceNs);
  CHECK_EQ(g.running(), 0);
  check_invariants(g.m);
}

TEST(slices_are_as_long_as_asked) {
  Machine m;
  for (unsigned i = 3; i < Machine::kThreads; ++i) CHECK(m.call(m.thread(i), abi::Call::wait, m.make(ObjectType::notification)).blocked());
  CHECK(m.invoke(m.parked(), m.thread_caps[0], Method::pace, {255, 1'000'000}).ok());
  CHECK(m.invoke(m.parked(), m.thread_caps[2], Method::pace, {255, 8'000'000}).ok());
  m.run(m.thread(0));
  std::array<std::uint64_t, 3> begin{};
  for (unsigned i = 0; i < 3; ++i) begin.at(i) = m.invoke(m.parked(), m.thread_caps.at(i), Method::progress).words[0];
  m.run(m.thread(0));
  for (unsigned ms = 0; ms < 13 * 20; ++ms) arch::hosted::advance(1'000'000);
  std::array<std::uint64_t, 3> ran{};
  for (unsigned i = 0; i < 3; ++i) ran.at(i) = (m.invoke(m.parked(), m.thread_caps.at(i), Method::progress).words[0] - begin.at(i)) / 1'000'000;
  CHECK(ran[0] >= 18 && ran[0] <= 22);
  CHECK(ran[1] >= 72 && ran[1] <= 88);
  CHECK(ran[2] >= 144 && ran[2] <= 176);
  check_invariants(m);
}

TEST(contention_is_told) {
  Guests g(2);
  const std::uint64_t n = g.m.make(ObjectType::notification), b = g.m.budget_cap;
  const auto bits = [&] { return g.m.invoke(g.m.parked(), n, abi::NotificationMethod::poll).words[0]; };
  CHECK_EQ(g.m.invoke(g.m.parked(), g.m.copy(b, abi::kRightRead), abi::BudgetMethod::watch, {n}).error, Error::no_right);
  CHECK_EQ(g.m.invoke(g.m.parked(), b, abi::BudgetMethod::watch, {g.m.table_cap}).error, Error::wrong_type);
  CHECK(g.m.invoke(g.m.parked(), b, abi::BudgetMethod::watch, {n}).ok());
  CHECK(g.m.invoke(g.m.parked(), g.m.thread_caps[1], Method::suspend).ok());
  CHECK(g.enter(0));
  arch::hosted::advance(10 * kSliceNs);
  CHECK_EQ(bits(), 0);  // it is alone
  CHECK(g.m.invoke(g.m.parked(), g.m.thread_caps[1], Method::resume).ok());
  g.m.run(g.m.thread(0));
  arch::hosted::advance(2 * kSliceNs);
  CHECK_EQ(bits(), 1);  // a slice ended
  g.pace(0, 50);
  CHECK(g.m.call(g.m.thread(1), abi::Call::wait, g.asleep, {0, arch::now_ns() + 1'000'000}).blocked());
  (void)bits();
  CHECK(g.enter(0));
  arch::hosted::advance(1'000'000);
  CHECK_EQ(g.running(), 1);
  CHECK_EQ(bits(), 1);  // a paced guest was preempted
  g.m.revoke(n);
  check_invariants(g.m);
  arch::hosted::advance(10 * kSliceNs);
  CHECK_EQ(bits(), 0);
}

// A slice that is over when something more urgent takes the core was told of nowhere.
TEST(contention_is_told_where_something_urgent_ends_the_slice) {
  for (const bool others : {false, true}) {
    Machine m;
    const std::uint64_t n = m.make(ObjectType::notification), asleep = m.make(ObjectType::notification);
    CHECK(m.invoke(m.budget_cap, abi::BudgetMethod::watch, {n}).ok());
    m.thread(0).priority = 255;
    CHECK(m.invoke(m.thread_caps[2], Method::schedule, {0, 150}).ok());
    m.thread(0).priority = Machine::kPriority;
    for (unsigned i = 3; i < Machine::kThreads; ++i) CHECK(m.call(m.thread(i), abi::Call::wait, asleep).blocked());
    if (!others) CHECK(m.call(m.thread(1), abi::Call::wait, asleep).blocked());
    CHECK(m.call(m.thread(2), abi::Call::wait, asleep, {0, arch::now_ns() + kSliceNs * 3 / 2}).blocked());
    m.run(m.thread(0));
    arch::hosted::advance(kSliceNs * 3 / 2);
    CHECK_EQ(this_core().current(), &m.thread(2));
    CHECK_EQ(m.invoke(m.thread(2), n, abi::NotificationMethod::poll).words[0], others ? 1 : 0);
    check_invariants(m);
  }
}

// A Budget that ends gives up the notification that it holds.
TEST(budget_that_ends_watches_no_more) {
  Machine m;
  const std::uint64_t n = m.make(ObjectType::notification), b = m.make(ObjectType::budget);
  CHECK(m.invoke(b, abi::BudgetMethod::watch, {n}).ok());
  CHECK(m.invoke(b, abi::BudgetMethod::watch, {n}).ok());  // in place of the first
  m.remove(b);
  check_invariants(m);
  m.remove(n);
  check_invariants(m);
}

}  // namespace tessera::nucleus::test
