// SPDX-License-Identifier: Apache-2.0
// Notifications, timers, interrupts.
#include "tests/support/check.hpp"
#include "tests/unit/kernel/fixture/invariants.hpp"

namespace tessera::nucleus::test {

TEST(notify_before_and_after_wait) {
  Machine m;
  const std::uint64_t n = m.make(ObjectType::notification);
  const std::uint64_t four = m.copy(n, kAllRights, 4), eight = m.copy(n, abi::kRightWrite, 8);
  CHECK(m.call(m.thread(0), abi::Call::notify, four).ok());
  CHECK(m.call(m.thread(0), abi::Call::notify, eight).ok());
  CHECK(m.call(m.thread(0), abi::Call::notify, n).ok());  // no badge: bit 0
  CHECK_EQ(m.call(m.thread(1), abi::Call::wait, n).words[0], 13);
  CHECK(m.call(m.thread(1), abi::Call::wait, n).blocked());
  CHECK(m.call(m.thread(2), abi::Call::wait, n).blocked());
  CHECK(m.call(m.thread(0), abi::Call::notify, eight).ok());
  CHECK_EQ(read_outcome(m.thread(1)).words[0], 8);  // the longest waiting, one only
  CHECK_EQ(m.thread(2).state, ThreadState::waiting);
  CHECK(m.call(m.thread(0), abi::Call::notify, four).ok());
  CHECK_EQ(read_outcome(m.thread(2)).words[0], 4);
  CHECK_EQ(m.call(m.thread(0), abi::Call::notify, m.copy(n, abi::kRightRead)).error, Error::no_right);
  CHECK_EQ(m.call(m.thread(0), abi::Call::wait, eight).error, Error::no_right);
  CHECK_EQ(m.call(m.thread(0), abi::Call::notify, m.table_cap).error, Error::wrong_type);
}

TEST(poll_takes_bits) {
  Machine m;
  const std::uint64_t n = m.make(ObjectType::notification);
  CHECK_EQ(m.invoke(n, abi::NotificationMethod::poll).words[0], 0);
  CHECK(m.call(m.thread(0), abi::Call::notify, m.copy(n, kAllRights, 6)).ok());
  CHECK_EQ(m.invoke(n, abi::NotificationMethod::poll).words[0], 6);
  CHECK_EQ(m.invoke(n, abi::NotificationMethod::poll).words[0], 0);
  CHECK_EQ(m.invoke(m.copy(n, abi::kRightWrite), abi::NotificationMethod::poll).error, Error::no_right);
  CHECK_EQ(m.invoke(n, 2).error, Error::bad_call);
}

TEST(wait_with_deadline) {
  Machine m;
  const std::uint64_t n = m.make(ObjectType::notification);
  CHECK(m.call(m.thread(1), abi::Call::wait, n, {0, 5000}).blocked());
  CHECK(m.call(m.thread(2), abi::Call::wait, n, {0, 3000}).blocked());
  CHECK(m.call(m.thread(3), abi::Call::wait, n, {0, 9000}).blocked());
  arch::hosted::advance(2999);
  CHECK_EQ(m.thread(2).state, ThreadState::waiting);
  arch::hosted::advance(1);
  CHECK_EQ(read_outcome(m.thread(2)).error, Error::timed_out);
  CHECK_EQ(m.thread(2).state, ThreadState::ready);
  CHECK_EQ(m.thread(1).state, ThreadState::waiting);
  m.run(m.thread(0));
  CHECK(m.call(m.thread(0), abi::Call::notify, n).ok());
  CHECK_EQ(read_outcome(m.thread(1)).error, Error::ok);
  arch::hosted::advance(100'000);
  CHECK_EQ(read_outcome(m.thread(1)).error, Error::ok);  // its deadline went with its wait
  CHECK_EQ(read_outcome(m.thread(3)).error, Error::timed_out);
  CHECK(m.call(m.thread(1), abi::Call::wait, n, {0, 1}).blocked());  // already past
  arch::hosted::advance(1);
  CHECK_EQ(read_outcome(m.thread(1)).error, Error::timed_out);
}

TEST(a_wait_goes_on_with_the_timer_of_an_earlier_one) {
  Machine m;
  const std::uint64_t n = m.make(ObjectType::notification);
  const auto wait_until = [&](std::uint64_t deadline) { CHECK(m.call(m.thread(1), abi::Call::wait, n, {0, deadline}).blocked()); };
  const auto wake = [&] {
    m.run(m.thread(0));
    CHECK(m.call(m.thread(0), abi::Call::notify, n).ok());
    CHECK_EQ(read_outcome(m.thread(1)).error, Error::ok);
    CHECK(m.thread(1).wait_timer.queued);
    m.run(m.thread(1));
  };
  wait_until(5000);
  const std::uint64_t first = m.thread(1).wait_timer.deadline;
  wake();
  wait_until(9000);
  CHECK_EQ(m.thread(1).wait_timer.deadline, first);
  arch::hosted::advance(6000);  // past the timer, not past the deadline
  CHECK_EQ(m.thread(1).state, ThreadState::waiting);
  CHECK(m.thread(1).wait_timer.deadline > first);
  arch::hosted::advance(2999);
  CHECK_EQ(m.thread(1).state, ThreadState::waiting);
  arch::hosted::advance(1);
  CHECK_EQ(read_outcome(m.thread(1)).error, Error::timed_out);
  m.run(m.thread(1));
  wait_until(30'000);
  wake();
  wait_until(20'000);  // sooner: a timer of its own
  arch::hosted::advance(11'000);
  CHECK_EQ(read_outcome(m.thread(1)).error, Error::timed_out);
}

TEST(a_timer_that_is_left_behind_ends_no_other_wait) {
  Machine m;
  const std::uint64_t n = m.make(ObjectType::notification), e = m.make(ObjectType::endpoint);
  const auto leave_timer = [&] {
    CHECK(m.call(m.thread(1), abi::Call::wait, n, {0, arch::now_ns() + 1000}).blocked());
    m.run(m.thread(0));
    CHECK(m.call(m.thread(0), abi::Call::notify, n).ok());
    m.run(m.thread(1));
  };
  leave_timer();
  CHECK(m.call(m.thread(1), abi::Call::wait, n).blocked());  // without a deadline
  arch::hosted::advance(2000);
  CHECK_EQ(m.thread(1).state, ThreadState::waiting);
  m.run(m.thread(0));
  CHECK(m.call(m.thread(0), abi::Call::notify, n).ok());
  m.run(m.thread(1));
  leave_timer();
  CHECK(m.call(m.thread(1), abi::Call::send, e).blocked());
  arch::hosted::advance(2000);
  CHECK_EQ(m.thread(1).state, ThreadState::sending);
  m.remove(e);
  m.run(m.thread(1));
  leave_timer();
  CHECK(m.invoke(m.thread_caps.at(1), abi::ThreadMethod::suspend).ok());
  CHECK(!m.thread(1).wait_timer.queued);
}

TEST(deleting_a_notification_cancels_waiters) {
  Machine m;
  const std::uint64_t n = m.make(ObjectType::notification);
  CHECK(m.call(m.thread(1), abi::Call::wait, n, {0, 5000}).blocked());
  CHECK(m.call(m.thread(2), abi::Call::wait, n).blocked());
  m.remove(n);
  CHECK_EQ(read_outcome(m.thread(1)).error, Error::cancelled);
  CHECK_EQ(read_outcome(m.thread(2)).error, Error::cancelled);
  arch::hosted::advance(6000);
  CHECK_EQ(read_outcome(m.thread(1)).error, Error::cancelled);
}

TEST(timer_raises_its_notification) {
  Machine m;
  const std::uint64_t n = m.make(ObjectType::notification), t = m.make(ObjectType::timer);
  const std::uint64_t badged = m.copy(n, kAllRights, 0x20);
  const auto bits = [&] { return m.invoke(n, abi::NotificationMethod::poll).words[0]; };
  CHECK_EQ(m.invoke(t, abi::TimerMethod::bind, {m.copy(n, abi::kRightRead)}).error, Error::no_right);
  CHECK_EQ(m.invoke(t, abi::TimerMethod::bind, {m.table_cap}).error, Error::wrong_type);
  CHECK(m.invoke(t, abi::TimerMethod::set, {50}).ok());
  arch::hosted::advance(50);  // bound to nothing
  CHECK(m.invoke(t, abi::TimerMethod::bind, {badged}).ok());
  CHECK(m.invoke(t, abi::TimerMethod::set, {100}).ok());
  arch::hosted::advance(49);
  CHECK_EQ(bits(), 0);
  arch::hosted::advance(1);
  CHECK_EQ(bits(), 0x20);
  arch::hosted::advance(1000);
  CHECK_EQ(bits(), 0);  // once
  CHECK(m.invoke(t, abi::TimerMethod::set, {3000}).ok());
  CHECK(m.invoke(t, abi::TimerMethod::set, {2000}).ok());
  arch::hosted::advance(900);
  CHECK_EQ(bits(), 0x20);
  CHECK(m.invoke(t, abi::TimerMethod::set, {3000}).ok());
  CHECK(m.invoke(t, abi::TimerMethod::set, {0}).ok());
  arch::hosted::advance(5000);
  CHECK_EQ(bits(), 0);
  CHECK(m.invoke(t, abi::TimerMethod::bind, {n}).ok());  // another badge
  CHECK(m.invoke(t, abi::TimerMethod::set, {10'000}).ok());
  arch::hosted::advance(10'000);
  CHECK_EQ(bits(), 1);
  CHECK(m.invoke(t, abi::TimerMethod::set, {90'000}).ok());
  m.revoke(n);  // unbinds
  check_invariants(m);
  arch::hosted::advance(100'000);
  CHECK_EQ(bits(), 0);
  CHECK_EQ(m.invoke(m.copy(t, abi::kRightRead), abi::TimerMethod::set, {1}).error, Error::no_right);
  CHECK_EQ(m.invoke(m.copy(t, abi::kRightWrite), abi::TimerMethod::bind, {n}).error, Error::no_right);
  CHECK_EQ(m.invoke(t, 9).error, Error::bad_call);
}

TEST(timer_deleted_while_armed) {
  Machine m;
  const std::uint64_t n = m.make(ObjectType::notification), t = m.make(ObjectType::timer);
  CHECK(m.invoke(t, abi::TimerMethod::bind, {n}).ok());
  CHECK(m.invoke(t, abi::TimerMethod::set, {100}).ok());
  m.remove(t);
  check_invariants(m);
  arch::hosted::advance(200);
  CHECK_EQ(m.invoke(n, abi::NotificationMethod::poll).words[0], 0);
}

TEST(interrupts) {
  Machine m;
  const std::uint64_t n = m.make(ObjectType::notification);
  const auto make = [&](Words words) { return m.invoke(m.machine_cap, abi::MachineMethod::make_interrupt, words); };
  const std::uint64_t at = m.free_slot();
  CHECK_EQ(make({5, 4, m.untyped_cap, m.table_cap, at}).error, Error::bad_argument);
  CHECK_EQ(make({5, 0, m.table_cap, m.table_cap, at}).error, Error::wrong_type);
  CHECK_EQ(make({5, 0, m.untyped_cap, m.table_cap, n & 0xffff}).error, Error::slot_occupied);
  CHECK_EQ(make({5, 0, m.untyped_cap, m.table_cap, 0}).error, Error::bad_argument);
  const Outcome made = make({5, 1, m.untyped_cap, m.table_cap, at});
  CHECK(made.ok());
  const std::uint64_t interrupt = made.words[0];
  arch::hosted::interrupt(0);  // bound to nothing
  CHECK(m.invoke(interrupt, abi::InterruptMethod::acknowledge).ok());
  CHECK(m.invoke(interrupt, abi::InterruptMethod::bind, {m.copy(n, kAllRights, 2)}).ok());
  CHECK(m.call(m.thread(1), abi::Call::wait, n).blocked());
  arch::hosted::interrupt(0);
  CHECK_EQ(read_outcome(m.thread(1)).words[0], 2);
  CHECK(m.invoke(interrupt, abi::InterruptMethod::acknowledge).ok());
  CHECK_EQ(m.invoke(m.copy(interrupt, abi::kRightRead), abi::InterruptMethod::acknowledge).error, Error::no_right);
  CHECK_EQ(m.invoke(m.copy(interrupt, abi::kRightWrite), abi::InterruptMethod::bind, {n}).error, Error::no_right);
  CHECK_EQ(m.invoke(interrupt, 7).error, Error::bad_call);
  check_invariants(m);
  m.revoke(interrupt);
  m.remove(interrupt);
  arch::hosted::interrupt(0);
  for (unsigned i = 0; i < 16; ++i) CHECK(make({abi::kMessageSignalled, 0, m.untyped_cap, m.table_cap, m.free_slot()}).ok());
  CHECK_EQ(make({9, 0, m.untyped_cap, m.table_cap, m.free_slot()}).error, Error::no_memory);
  const std::uint64_t tiny = m.make(ObjectType::untyped, 12);
  (void)m.make(ObjectType::memory, 12, 1, tiny);
  CHECK_EQ(make({9, 0, tiny, m.table_cap, m.free_slot()}).error, Error::no_memory);
}

TEST(interrupts_that_come_too_often_are_muted) {
  constexpr std::uint64_t kLimit = 10, kWindow = 1000;
  Machine m;
  const std::uint64_t n = m.make(ObjectType::notification), watch = m.make(ObjectType::notification);
  const auto taken = [&](std::uint64_t notification) { return m.invoke(notification, abi::NotificationMethod::poll).words[0]; };
  const Outcome made = m.invoke(m.machine_cap, abi::MachineMethod::make_interrupt, {5, 1, m.untyped_cap, m.table_cap, m.free_slot()});
  const std::uint64_t interrupt = made.words[0];
  const auto storms = [&] { return m.invoke(interrupt, abi::InterruptMethod::info).words[0] == 1; };
  CHECK(m.invoke(interrupt, abi::InterruptMethod::bind, {n}).ok());
  for (int i = 0; i < 100; ++i) arch::hosted::interrupt(0);  // no limit
  CHECK_EQ(taken(n), 1);
  CHECK_EQ(m.invoke(interrupt, abi::InterruptMethod::limit, {std::uint64_t{1} << 32, kWindow, watch}).error, Error::bad_argument);
  CHECK_EQ(m.invoke(interrupt, abi::InterruptMethod::limit, {kLimit, 0, watch}).error, Error::bad_argument);
  CHECK_EQ(m.invoke(interrupt, abi::InterruptMethod::limit, {kLimit, kWindow, interrupt}).error, Error::wrong_type);
  CHECK_EQ(m.invoke(m.copy(interrupt, abi::kRightWrite | abi::kRightManage), abi::InterruptMethod::limit, {0, 0, 0}).error, Error::no_right);
  CHECK_EQ(m.invoke(m.copy(interrupt, abi::kRightWrite), abi::InterruptMethod::info).error, Error::no_right);
  CHECK(m.invoke(interrupt, abi::InterruptMethod::limit, {kLimit, kWindow, m.copy(watch, kAllRights, 4)}).ok());
  check_invariants(m);
  // As many as may be, for as long as one likes.
  for (int i = 0; i < 100; ++i) {
    arch::hosted::advance(kWindow / kLimit);
    arch::hosted::interrupt(0);
    CHECK_EQ(taken(n), 1);
  }
  CHECK(!storms() && !arch::hosted::muted(0) && taken(watch) == 0);
  unsigned came = 0;
  for (unsigned i = 0; i < 2 * kLimit; ++i) {
    arch::hosted::advance(1);
    arch::hosted::interrupt(0);
    came += taken(n) != 0 ? 1 : 0;
  }
  CHECK(came >= kLimit - 1 && came < 2 * kLimit);
  CHECK(storms() && arch::hosted::muted(0));
  CHECK_EQ(taken(watch), 4);
  const Outcome told = m.invoke(interrupt, abi::InterruptMethod::info);
  CHECK(told.words[1] == kLimit && told.words[2] >= kLimit && told.words[2] < kWindow);
  // Its driver cannot help itself, and who watches hears of it once.
  arch::hosted::advance(10 * kWindow);
  CHECK(m.invoke(interrupt, abi::InterruptMethod::acknowledge).ok());
  CHECK(m.invoke(interrupt, abi::InterruptMethod::bind, {n}).ok());
  arch::hosted::interrupt(0);
  CHECK(arch::hosted::muted(0) && taken(n) == 0 && taken(watch) == 0);
  // From anew on.
  CHECK(m.invoke(interrupt, abi::InterruptMethod::limit, {kLimit, kWindow, m.copy(watch, kAllRights, 4)}).ok());
  CHECK(!storms() && !arch::hosted::muted(0));
  arch::hosted::interrupt(0);
  CHECK_EQ(taken(n), 1);
  // The watch is held as a target is: it may go, and the object with both.
  m.revoke(watch);
  m.remove(watch);
  for (unsigned i = 0; i < 2 * kLimit; ++i) arch::hosted::interrupt(0);
  CHECK(storms());
  CHECK(m.invoke(interrupt, abi::InterruptMethod::limit, {0, 0, 0}).ok());
  for (int i = 0; i < 100; ++i) arch::hosted::interrupt(0);
  CHECK(!storms());
  m.revoke(interrupt);
  m.remove(interrupt);
  check_invariants(m);
}

}  // namespace tessera::nucleus::test
