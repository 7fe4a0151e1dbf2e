// SPDX-License-Identifier: Apache-2.0
// Priorities, time slices, budgets, and their donation along calls.
#include "tests/support/check.hpp"
#include "tests/unit/kernel/fixture/invariants.hpp"
#include "tests/unit/kernel/fixture/service.hpp"

namespace tessera::nucleus::test {

static constexpr std::uint64_t kMs = 1'000'000;

// Gives a thread a budget of its own.
static std::uint64_t budget_for(Machine& m, unsigned thread, std::uint64_t amount, std::uint64_t period) {
  const std::uint64_t budget = m.make(ObjectType::budget);
  CHECK(m.invoke(budget, abi::BudgetMethod::configure, {0, amount, period}).ok());
  CHECK(m.invoke(m.thread_caps.at(thread), abi::ThreadMethod::suspend).ok());
  CHECK(m.invoke(m.thread_caps.at(thread), abi::ThreadMethod::schedule, {budget, Machine::kPriority}).ok());
  CHECK(m.invoke(m.thread_caps.at(thread), abi::ThreadMethod::resume).ok());
  return budget;
}
static void set_priority(Machine& m, unsigned thread, std::uint8_t priority) {
  m.thread(0).priority = 255;  // nobody gives more than they have
  CHECK(m.invoke(m.thread_caps.at(thread), abi::ThreadMethod::schedule, {0, priority}).ok());
  m.thread(0).priority = Machine::kPriority;
}

TEST(higher_priority_runs_at_once) {
  Machine m;
  const std::uint64_t n = m.make(ObjectType::notification);
  CHECK(m.call(m.thread(1), abi::Call::wait, n).blocked());
  set_priority(m, 2, 50);
  CHECK(m.call(m.thread(2), abi::Call::notify, n).ok());
  CHECK(this_core().current() != &m.thread(2));  // others of 100 were ready all along
  for (unsigned i = 3; i < 6; ++i) set_priority(m, i, 10);
  CHECK(m.invoke(m.thread_caps[1], abi::ThreadMethod::suspend).ok());
  CHECK(m.invoke(m.thread_caps[1], abi::ThreadMethod::resume).ok());
  CHECK(m.call(m.thread(1), abi::Call::wait, n).blocked());
  CHECK(m.call(m.thread(0), abi::Call::wait, m.make(ObjectType::notification)).blocked());
  CHECK_EQ(this_core().current(), &m.thread(2));
  CHECK(m.call(m.thread(2), abi::Call::notify, n).ok());
  CHECK_EQ(this_core().current(), &m.thread(1));
}

TEST(yield_goes_round) {
  Machine m;
  m.run(m.thread(0));
  std::array<unsigned, Machine::kThreads> turns{};
  for (unsigned i = 0; i < 60; ++i) {
    Thread& current = *this_core().current();
    for (unsigned t = 0; t < Machine::kThreads; ++t) turns.at(t) += &m.thread(t) == &current ? 1 : 0;
    CHECK_EQ(m.call(current, abi::Call::yield, 0).error, Error::ok);
  }
  for (const unsigned count : turns) CHECK_EQ(count, 10);
}

TEST(slices_go_round) {
  Machine m;
  m.run(m.thread(0));
  std::array<unsigned, Machine::kThreads> turns{};
  for (unsigned i = 0; i < 60; ++i) {
    const Thread* current = this_core().current();
    for (unsigned t = 0; t < Machine::kThreads; ++t) turns.at(t) += &m.thread(t) == current ? 1 : 0;
    arch::hosted::advance(kSliceNs / 2);
    CHECK_EQ(this_core().current(), current);
    arch::hosted::advance(kSliceNs / 2);
    CHECK(this_core().current() != current);
  }
  for (const unsigned count : turns) CHECK_EQ(count, 10);
  CHECK_EQ(m.thread(0).time_used, 10 * kSliceNs);
  CHECK_EQ(m.invoke(m.thread_caps[0], abi::ThreadMethod::time).words[0], 10 * kSliceNs);
  CHECK_EQ(m.invoke(m.copy(m.thread_caps[0], abi::kRightWrite), abi::ThreadMethod::time).error, Error::no_right);
}

// A more urgent thread that runs now and then, but more often than slices end.
TEST(slices_go_round_between_preemptions) {
  Machine m;
  const std::uint64_t n = m.make(ObjectType::notification);
  set_priority(m, 5, 150);
  std::array<unsigned, Machine::kThreads> turns{};
  for (unsigned i = 0; i < 200; ++i) {
    CHECK(m.call(m.thread(5), abi::Call::wait, n, {0, arch::now_ns() + kSliceNs * 3 / 4}).blocked());
    const Thread* current = this_core().current();
    for (unsigned t = 0; t < Machine::kThreads; ++t) turns.at(t) += &m.thread(t) == current ? 1 : 0;
    arch::hosted::advance(kSliceNs * 3 / 4);
    CHECK_EQ(this_core().current(), &m.thread(5));
  }
  for (unsigned t = 0; t < 5; ++t) CHECK(turns.at(t) >= 35 && turns.at(t) <= 45);
  CHECK_EQ(turns.at(5), 0);
}

TEST(budget_configure_checks) {
  Machine m;
  const std::uint64_t b = m.make(ObjectType::budget);
  const auto configure = [&](Words words) { return m.invoke(b, abi::BudgetMethod::configure, words).error; };
  CHECK_EQ(configure({1, kMs, kMs}), Error::bad_argument);
  CHECK_EQ(configure({0, 9'999, kMs}), Error::bad_argument);
  CHECK_EQ(configure({0, 2 * kMs, kMs}), Error::bad_argument);
  CHECK_EQ(configure({0, kMs, ~std::uint64_t{0}}), Error::bad_argument);
  CHECK_EQ(configure({0, kMs, 10 * kMs}), Error::ok);
  CHECK_EQ(m.invoke(m.copy(b, abi::kRightRead), abi::BudgetMethod::configure, {0, kMs, kMs}).error, Error::no_right);
  CHECK_EQ(m.invoke(m.copy(b, abi::kRightManage), abi::BudgetMethod::info).error, Error::no_right);
  CHECK_EQ(m.invoke(b, 9).error, Error::bad_call);
}

TEST(budget_throttles_and_refills) {
  Machine m;
  const std::uint64_t b = budget_for(m, 1, 2 * kMs, 10 * kMs);
  arch::hosted::advance(5);
  const std::uint64_t start = arch::now_ns();
  m.run(m.thread(1));
  arch::hosted::advance(kMs);
  CHECK_EQ(this_core().current(), &m.thread(1));
  arch::hosted::advance(kMs);
  CHECK_EQ(m.thread(1).state, ThreadState::throttled);
  check_invariants(m);
  arch::hosted::advance(start + 10 * kMs - arch::now_ns() - 1);
  CHECK_EQ(m.thread(1).state, ThreadState::throttled);
  arch::hosted::advance(1);
  CHECK_EQ(m.thread(1).state, ThreadState::ready);
  CHECK_EQ(m.invoke(b, abi::BudgetMethod::info).words[0], 2 * kMs);
}

// A long call lets interrupts in between its steps. If the timer were set for what is over
// already, it would fire again before the call's next instruction, for ever.
TEST(timer_lets_a_long_call_go_on_that_used_up_its_budget) {
  Machine m;
  budget_for(m, 1, 2 * kMs, 10 * kMs);
  m.run(m.thread(1));
  arch::hosted::advance_in_window(3 * kMs);
  CHECK(this_core().reschedule);
  CHECK(this_core().armed > arch::now_ticks());
  arch::hosted::advance(0);
  CHECK_EQ(m.thread(1).state, ThreadState::throttled);
  CHECK(this_core().armed != ~std::uint64_t{0});
}

TEST(budget_is_shared_by_its_threads) {
  Machine m;
  const std::uint64_t b = budget_for(m, 1, 2 * kMs, 10 * kMs);
  CHECK(m.invoke(m.thread_caps[2], abi::ThreadMethod::suspend).ok());
  CHECK(m.invoke(m.thread_caps[2], abi::ThreadMethod::schedule, {b, Machine::kPriority}).ok());
  CHECK(m.invoke(m.thread_caps[2], abi::ThreadMethod::resume).ok());
  m.run(m.thread(1));
  arch::hosted::advance(kMs);
  m.run(m.thread(2));
  arch::hosted::advance(kMs);
  CHECK_EQ(m.thread(2).state, ThreadState::throttled);
  // Nobody else may run it up either: the first finds nothing left when its turn comes.
  m.run(m.thread(1));
  arch::hosted::advance(1);
  CHECK_EQ(m.thread(1).state, ThreadState::throttled);
  CHECK(m.invoke(b, abi::BudgetMethod::configure, {0, kMs, kMs}).ok());
  CHECK_EQ(m.thread(1).state, ThreadState::ready);
  CHECK_EQ(m.thread(2).state, ThreadState::ready);
}

TEST(budget_and_priority_are_donated_and_come_back) {
  for (const Way way : {Way::fast, Way::full}) {
    Machine m;
    Service s(m, way);
    const std::uint64_t client = budget_for(m, 2, kMs, kMs);
    const std::uint64_t server = budget_for(m, 1, kMs, kMs);
    CHECK(s.wait().blocked());
    set_priority(m, 2, way == Way::fast ? 100 : 150);
    CHECK(s.call(2).blocked());
    CHECK_EQ(this_core().current(), &s.server());
    CHECK_EQ(s.server().active_budget, m.slot(client).as<Budget>());
    CHECK_EQ(s.server().effective_priority, way == Way::fast ? 100 : 150);
    arch::hosted::advance(300);
    CHECK(s.reply_wait().blocked());
    CHECK_EQ(s.server().active_budget, m.slot(server).as<Budget>());
    CHECK_EQ(s.server().effective_priority, Machine::kPriority);
    CHECK_EQ(m.invoke(server, abi::BudgetMethod::info).words[0], 0);
    CHECK_EQ(m.invoke(client, abi::BudgetMethod::info).words[0], 300);
  }
}

// Caller and server on one budget: the priority must come back all the same.
TEST(donated_priority_comes_back_on_a_shared_budget) {
  Machine m;
  Service s(m, Way::full);
  set_priority(m, 2, 200);
  CHECK(s.wait().blocked());
  CHECK(s.call(2).blocked());
  CHECK_EQ(s.server().effective_priority, 200);
  CHECK(s.reply_wait().blocked());
  CHECK_EQ(s.server().effective_priority, Machine::kPriority);
}

TEST(throttled_server_of_a_throttled_caller) {
  Machine m;
  Service s(m, Way::fast);
  (void)budget_for(m, 2, kMs, 10 * kMs);
  const std::uint64_t own = budget_for(m, 1, kMs, kMs);
  CHECK(s.wait().blocked());
  CHECK(s.call(2).blocked());
  arch::hosted::advance(kMs);
  CHECK_EQ(s.server().state, ThreadState::throttled);  // on the caller's time
  check_invariants(m);
  // The caller goes: the server goes on, on its own.
  CHECK(m.invoke(m.thread_caps[2], abi::ThreadMethod::suspend).ok());
  CHECK_EQ(s.server().state, ThreadState::ready);
  CHECK_EQ(s.server().active_budget, m.slot(own).as<Budget>());
  check_invariants(m);
}

TEST(budget_deleted_while_a_server_uses_it) {
  for (const bool nested : {false, true}) {
    Machine m;
    Service s(m, Way::full);
    const std::uint64_t client = budget_for(m, 2, kMs, 10 * kMs);
    const std::uint64_t inner = m.make(ObjectType::endpoint), inner_reply = m.make(ObjectType::reply);
    if (nested) CHECK(m.call(m.thread(3), abi::Call::wait, inner, {}, 0, inner_reply).blocked());
    CHECK(s.wait().blocked());
    CHECK(s.call(2).blocked());
    if (nested) {
      CHECK(m.call(s.server(), abi::Call::call, inner).blocked());
      CHECK_EQ(m.thread(3).active_budget, m.slot(client).as<Budget>());
    }
    m.revoke(client);
    check_invariants(m);
    m.remove(client);
    CHECK_EQ(s.server().active_budget, &m.budget());
    CHECK_EQ(m.thread(3).active_budget, &m.budget());
    CHECK_EQ(m.thread(2).state, ThreadState::stopped);
  }
}

TEST(deleting_a_budget_wakes_nobody_it_should_not) {
  Machine m;
  const std::uint64_t b = budget_for(m, 1, kMs, 10 * kMs);
  m.run(m.thread(1));
  arch::hosted::advance(kMs);
  CHECK_EQ(m.thread(1).state, ThreadState::throttled);
  m.revoke(b);
  CHECK_EQ(m.thread(1).state, ThreadState::stopped);
  m.remove(b);
  check_invariants(m);
  arch::hosted::advance(100 * kMs);
  CHECK_EQ(m.thread(1).state, ThreadState::stopped);
}

TEST(server_without_a_budget_runs_on_its_callers_only) {
  for (const bool queued : {false, true}) {
    Machine m;
    Service s(m, Way::full);
    const std::uint64_t own = budget_for(m, 1, kMs, kMs);
    CHECK(s.wait().blocked());
    CHECK(s.call(2).blocked());
    m.revoke(own);
    CHECK_EQ(s.server().state, ThreadState::ready);
    check_invariants(m);
    (void)m.invoke(queued ? m.thread(3) : s.server(), m.thread_caps[2], abi::ThreadMethod::suspend);
    CHECK_EQ(s.server().state, ThreadState::stopped);
    check_invariants(m);
  }
}

// The handler runs on its own time, may answer at once or late, and is told again.
TEST(timeout_handler_is_told_when_the_budget_is_used_up) {
  Machine m;
  const std::uint64_t b = budget_for(m, 1, 2 * kMs, 10 * kMs);
  const std::uint64_t endpoint = m.make(ObjectType::endpoint), reply = m.make(ObjectType::reply);
  const std::uint64_t badged = m.copy(endpoint, abi::kRightWrite, 7);
  CHECK_EQ(m.invoke(m.thread_caps[1], abi::ThreadMethod::set_timeout, {reply}).error, Error::wrong_type);
  CHECK_EQ(m.invoke(m.thread_caps[1], abi::ThreadMethod::set_timeout, {m.copy(endpoint, abi::kRightRead)}).error, Error::no_right);
  CHECK(m.invoke(m.thread_caps[1], abi::ThreadMethod::set_timeout, {badged}).ok());
  Thread& handler = m.thread(2);
  for (unsigned round = 0; round < 3; ++round) {
    const bool waits = round != 1;  // the message finds it waiting, or waits for it
    if (waits) CHECK(m.call(handler, abi::Call::wait, endpoint, {}, 0, reply).blocked());
    m.run(m.thread(1));
    const std::uint64_t start = arch::now_ns();
    arch::hosted::advance(2 * kMs);
    if (!waits) {
      CHECK_EQ(m.thread(1).state, ThreadState::sending);
      (void)m.call(handler, abi::Call::wait, endpoint, {}, 0, reply);
    }
    check_invariants(m);
    CHECK_EQ(handler.state, ThreadState::ready);
    CHECK_EQ(handler.active_budget, handler.budget);
    CHECK_EQ(handler.frame.words[0], abi::kFaultTimeout);
    CHECK_EQ(handler.frame.words[1], start + 10 * kMs);
    CHECK_EQ(handler.frame.badge_register, 7);
    CHECK_EQ(m.thread(1).state, ThreadState::awaiting_reply);
    CHECK(m.call(handler, abi::Call::reply, 0, {}, 0, reply).ok());
    CHECK_EQ(m.thread(1).state, ThreadState::throttled);  // told, and still without time
    arch::hosted::advance(8 * kMs);
    CHECK_EQ(m.thread(1).state, ThreadState::ready);
  }
  // A handler that is gone leaves the thread to wait for its time.
  CHECK(m.invoke(m.thread_caps[1], abi::ThreadMethod::set_timeout, {0}).ok());
  m.run(m.thread(1));
  arch::hosted::advance(2 * kMs);
  CHECK_EQ(m.thread(1).state, ThreadState::throttled);
  CHECK(m.invoke(b, abi::BudgetMethod::configure, {0, kMs, kMs}).ok());
  CHECK(m.invoke(m.thread_caps[1], abi::ThreadMethod::set_timeout, {badged}).ok());
  m.revoke(endpoint);
  CHECK(m.thread(1).timeout_slot.empty());
  CHECK(m.invoke(m.thread_caps[1], abi::ThreadMethod::set_timeout, {0}).ok());  // nothing to take away
}

// The caller ran on a donated budget when it was queued, has none of its own, and loses
// the donated one before a server takes its call.
TEST(caller_without_a_budget_does_not_stop_its_server) {
  Machine m;
  Service s(m, Way::full);
  const std::uint64_t own = budget_for(m, 1, kMs, kMs);
  const std::uint64_t inner = m.make(ObjectType::endpoint), inner_reply = m.make(ObjectType::reply);
  CHECK(s.wait().blocked());
  CHECK(s.call(2).blocked());
  CHECK(m.call(s.server(), abi::Call::call, inner).blocked());
  m.revoke(own);
  CHECK(m.invoke(m.thread_caps[2], abi::ThreadMethod::suspend).ok());
  CHECK_EQ(s.server().state, ThreadState::sending);
  CHECK_EQ(s.server().active_budget, nullptr);
  CHECK(m.call(m.thread(3), abi::Call::wait, inner, {}, 0, inner_reply).ok());
  CHECK_EQ(m.thread(3).state, ThreadState::ready);
  CHECK_EQ(m.thread(3).active_budget, &m.budget());
  check_invariants(m);
}

}  // namespace tessera::nucleus::test
