// SPDX-License-Identifier: Apache-2.0
// Objects that end with more waiting threads than one step lets go, held where no
// table holds them: by a thread, a timer, an interrupt.
#include "tests/support/check.hpp"
#include "tests/unit/kernel/fixture/invariants.hpp"

namespace tessera::nucleus::test {

namespace {

constexpr unsigned kCrowd = 80;  // a step lets 32 go
constexpr unsigned kWindows = 1000;

// Threads that all wait on one object.
struct Crowd : Machine {
  explicit Crowd(ObjectType type) : on(make(type)), threads(make(ObjectType::thread, 0, kCrowd)) {
    for (std::uint64_t i = 0; i < kCrowd; ++i) {
      CHECK(invoke(threads + i, abi::ThreadMethod::configure, {table_cap, space_cap, 0, 0, 0}).ok());
      CHECK(invoke(threads + i, abi::ThreadMethod::schedule, {budget_cap, 50}).ok());
      CHECK(invoke(threads + i, abi::ThreadMethod::resume).ok());
      CHECK(call(at(i), abi::Call::wait, on).blocked());
    }
  }
  std::uint64_t on, threads;
  Thread& at(std::uint64_t i) { return *slot(threads + i).as<Thread>(); }
  // Interrupts were let in between the steps.
  void check_windows() {
    CHECK(arch::hosted::interrupts_left() <= kWindows - kCrowd / 32);
    arch::hosted::interrupt_at_preemption(0);
  }
  void check_all_cancelled() {
    for (std::uint64_t i = 0; i < kCrowd; ++i) CHECK_EQ(read_outcome(at(i)).error, Error::cancelled);
    check_invariants(*this);
  }
};

}  // namespace

TEST(the_last_fault_endpoint_is_replaced) {
  Crowd m(ObjectType::endpoint);
  const std::uint64_t t = m.make(ObjectType::thread), other = m.make(ObjectType::endpoint);
  CHECK(m.invoke(t, abi::ThreadMethod::configure, {0, 0, 0, 0, m.on}).ok());
  m.remove(m.on);
  CHECK_EQ(m.at(0).state, ThreadState::receiving);
  arch::hosted::interrupt_at_preemption(kWindows);
  CHECK(m.invoke(t, abi::ThreadMethod::configure, {0, 0, 0, 0, other}).ok());
  m.check_windows();
  m.check_all_cancelled();
}

TEST(the_last_timeout_endpoint_is_taken_away) {
  Crowd m(ObjectType::endpoint);
  const std::uint64_t t = m.make(ObjectType::thread);
  CHECK(m.invoke(t, abi::ThreadMethod::set_timeout, {m.on}).ok());
  m.remove(m.on);
  arch::hosted::interrupt_at_preemption(kWindows);
  CHECK(m.invoke(t, abi::ThreadMethod::set_timeout, {0}).ok());
  m.check_windows();
  m.check_all_cancelled();
}

TEST(a_thread_ends_with_the_last_fault_endpoint) {
  for (const unsigned preemptions : {0u, 1000u}) {
    Crowd m(ObjectType::endpoint);
    const std::uint64_t t = m.make(ObjectType::thread);
    CHECK(m.invoke(t, abi::ThreadMethod::configure, {0, 0, 0, 0, m.on}).ok());
    m.remove(m.on);
    arch::hosted::interrupt_at_preemption(preemptions);
    m.remove(t);
    arch::hosted::interrupt_at_preemption(0);
    m.check_all_cancelled();
  }
}

TEST(a_timer_is_bound_anew_or_ends_with_the_last_notification) {
  for (const bool ends : {false, true}) {
    Crowd m(ObjectType::notification);
    const std::uint64_t timer = m.make(ObjectType::timer), other = m.make(ObjectType::notification);
    CHECK(m.invoke(timer, abi::TimerMethod::bind, {m.on}).ok());
    m.remove(m.on);
    CHECK_EQ(m.at(0).state, ThreadState::waiting);
    arch::hosted::interrupt_at_preemption(kWindows);
    if (ends) {
      m.remove(timer);
    } else {
      CHECK(m.invoke(timer, abi::TimerMethod::bind, {other}).ok());
    }
    m.check_windows();
    m.check_all_cancelled();
  }
}

TEST(an_interrupt_ends_with_the_last_notification) {
  Crowd m(ObjectType::notification);
  const Outcome made = m.invoke(m.machine_cap, abi::MachineMethod::make_interrupt, {5, 0, m.untyped_cap, m.table_cap, m.free_slot()});
  CHECK(m.invoke(made.words[0], abi::InterruptMethod::bind, {m.on}).ok());
  m.remove(m.on);
  m.remove(made.words[0]);
  m.check_all_cancelled();
}

// Threads that call; every fourth with badge 2, the others with badge 1.
struct Callers : Machine {
  explicit Callers(std::uint64_t count) : endpoint(make(ObjectType::endpoint)), threads(make(ObjectType::thread, 0, count)) {
    const std::uint64_t one = copy(endpoint, kAllRights, 1), two = copy(endpoint, kAllRights, 2);
    for (std::uint64_t i = 0; i < count; ++i) {
      CHECK(invoke(threads + i, abi::ThreadMethod::configure, {table_cap, space_cap, 0, 0, 0}).ok());
      CHECK(invoke(threads + i, abi::ThreadMethod::schedule, {budget_cap, 50}).ok());
      CHECK(invoke(threads + i, abi::ThreadMethod::resume).ok());
      CHECK(call(at(i), abi::Call::call, i % 4 == 0 ? two : one, {}).blocked());
    }
  }
  std::uint64_t endpoint, threads;
  Thread& at(std::uint64_t i) { return *slot(threads + i).as<Thread>(); }
};
constexpr auto cancel = static_cast<std::uint32_t>(abi::EndpointMethod::cancel);

// Two that interrupt each other after each step: both come to an end, though whoever
// finishes the other's walk begins one of its own at once.
TEST(cancels_that_preempt_each_other_come_to_an_end) {
  Callers m(40);  // two steps
  std::array again{true, true};
  unsigned steps = 0;
  for (; (again.at(0) || again.at(1)) && steps < 100; ++steps) {
    const unsigned who = steps % 2;
    if (!again.at(who)) continue;
    arch::hosted::interrupt_at_preemption(1);
    const std::array<std::uint64_t, 1> badge{7 + who};  // nobody's
    again.at(who) = steps < 2 ? m.enter(m.thread(who), abi::Call::invoke, m.endpoint, badge, 1, cancel, 0, 0) : m.enter_again(m.thread(who));
  }
  CHECK(steps < 100);
  arch::hosted::interrupt_at_preemption(0);
}

// One that comes back to its cancel when another has run it to its end, and one of its own.
TEST(a_cancel_is_over_when_another_has_finished_it) {
  Callers m(kCrowd);
  const std::uint64_t endpoint = m.endpoint;
  const std::array<std::uint64_t, 1> first{1};
  arch::hosted::interrupt_at_preemption(1);
  CHECK(m.enter(m.thread(1), abi::Call::invoke, endpoint, first, 1, cancel, 0, 0));
  CHECK(m.invoke(m.thread(2), endpoint, abi::EndpointMethod::cancel, {3}).ok());
  CHECK(!m.enter_again(m.thread(1)));
  for (std::uint64_t i = 0; i < kCrowd; ++i) {
    CHECK_EQ(m.at(i).state, i % 4 == 0 ? ThreadState::sending : ThreadState::ready);
  }
}

}  // namespace tessera::nucleus::test
