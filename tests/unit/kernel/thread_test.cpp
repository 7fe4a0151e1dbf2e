// SPDX-License-Identifier: Apache-2.0
// Thread: configuration, start and stop, faults.
#include "kernel/ipc/calls.hpp"
#include "kernel/ipc/message.hpp"
#include "tests/support/check.hpp"
#include "tests/unit/kernel/fixture/invariants.hpp"
#include "tests/unit/kernel/fixture/service.hpp"

namespace tessera::nucleus {
extern "C" bool nucleus_guest_run(Thread& thread, std::uint64_t handle);
}

namespace tessera::nucleus::test {

using Method = abi::ThreadMethod;

static void fault(Machine& m, Thread& thread, std::uint64_t vector = 14, std::uint64_t address = 0x1234) {
  m.run(thread);
  const Holding hold(object_lock);
  deliver_fault(thread, vector, 7, address);
  schedule();
}

TEST(thread_configure_checks) {
  Machine m;
  const std::uint64_t t = m.make(ObjectType::thread), memory = m.make(ObjectType::memory, 13);
  const std::uint64_t endpoint = m.make(ObjectType::endpoint);
  const auto configure = [&](Words words) { return m.invoke(t, Method::configure, words).error; };
  CHECK_EQ(configure({m.untyped_cap, 0, 0, 0, 0}), Error::wrong_type);
  CHECK_EQ(configure({0, m.table_cap, 0, 0, 0}), Error::wrong_type);
  CHECK_EQ(configure({0, 0, m.table_cap, 0, 0}), Error::wrong_type);
  CHECK_EQ(configure({0, 0, memory, 100, 0}), Error::misaligned);
  CHECK_EQ(configure({0, 0, memory, 8192, 0}), Error::bad_argument);
  CHECK_EQ(configure({0, 0, m.copy(memory, abi::kRightRead), 0, 0}), Error::no_right);
  CHECK_EQ(configure({0, 0, 0, 0, m.copy(endpoint, abi::kRightRead)}), Error::no_right);
  CHECK(m.slot(t).as<Thread>()->table_slot.empty());
  CHECK_EQ(configure({m.table_cap, m.space_cap, memory, 4096, endpoint}), Error::ok);
  CHECK_EQ(m.slot(t).as<Thread>()->message, direct<abi::MessagePage>(PhysAddr{m.slot(memory).object + 4096}));
  CHECK_EQ(configure({m.table_cap, m.space_cap, memory, 0, endpoint}), Error::ok);  // again, replacing
  check_invariants(m);
  CHECK_EQ(m.invoke(m.thread_caps[1], Method::configure, {m.table_cap, 0, 0, 0, 0}).error, Error::busy);
  CHECK_EQ(m.invoke(m.thread_caps[0], Method::configure, {m.table_cap, 0, 0, 0, 0}).error, Error::busy);  // itself
  CHECK_EQ(m.invoke(m.thread_caps[0], Method::configure, {0, 0, 0, 0, endpoint}).error, Error::ok);
  CHECK_EQ(m.invoke(m.copy(t, abi::kRightRead), Method::configure, {0, 0, 0, 0, 0}).error, Error::no_right);
  CHECK_EQ(m.invoke(t, 77).error, Error::bad_call);
}

TEST(thread_register_and_start_checks) {
  Machine m;
  const std::uint64_t t = m.make(ObjectType::thread);
  const auto set = [&](Words words) { return m.invoke(t, Method::set_registers, words).error; };
  CHECK_EQ(set({0x1000, kHalf, 0, 0}), Error::bad_argument);
  CHECK_EQ(set({kHalf, 0x7fff'0000, 0, 0}), Error::bad_argument);
  CHECK_EQ(set({kHalf, kHalf, 0, 0xffff'ffff'8000'0000}), Error::bad_argument);
  CHECK_EQ(set({kHalf, kHalf + 8, 42, kHalf + 16}), Error::ok);
  CHECK_EQ(m.invoke(t, Method::resume).error, Error::not_configured);
  CHECK_EQ(m.invoke(t, Method::configure, {m.table_cap, m.space_cap, 0, 0, 0}).error, Error::ok);
  CHECK_EQ(m.invoke(t, Method::resume).error, Error::not_configured);  // no budget
  CHECK_EQ(m.invoke(t, Method::schedule, {m.budget_cap, 256}).error, Error::bad_argument);
  CHECK_EQ(m.invoke(t, Method::schedule, {m.budget_cap, Machine::kPriority + 1}).error, Error::no_right);
  CHECK_EQ(m.invoke(t, Method::schedule, {m.table_cap, 1}).error, Error::wrong_type);
  CHECK_EQ(m.invoke(t, Method::schedule, {m.budget_cap, Machine::kPriority}).error, Error::ok);
  CHECK_EQ(m.invoke(t, Method::resume).error, Error::ok);
  CHECK_EQ(m.invoke(t, Method::resume).error, Error::busy);
  CHECK_EQ(m.invoke(t, Method::schedule, {m.budget_cap, 3}).error, Error::ok);
  CHECK_EQ(m.invoke(t, Method::schedule, {0, 3}).error, Error::ok);
  CHECK_EQ(set({kHalf, kHalf, 0, 0}), Error::busy);
  CHECK_EQ(m.invoke(t, Method::set_fixup, {5, 4, kHalf}).error, Error::bad_argument);
  CHECK_EQ(m.invoke(t, Method::set_fixup, {4, 5, 4}).error, Error::bad_argument);
  CHECK_EQ(m.invoke(t, Method::set_fixup, {kHalf, kHalf + 9, kHalf}).error, Error::ok);
  CHECK_EQ(m.invoke(t, Method::kick).error, Error::ok);
  CHECK(m.slot(t).as<Thread>()->asked.kicked);
  CHECK_EQ(m.invoke(m.copy(t, abi::kRightRead), Method::kick).error, Error::no_right);
  CHECK_EQ(m.invoke(m.copy(t, abi::kRightWrite), Method::read_registers).error, Error::no_right);
  CHECK_EQ(m.invoke(t, Method::sync_guest).error, Error::not_configured);
}

TEST(thread_guest_state) {
  Machine m;
  const std::uint64_t t = m.make(ObjectType::thread), memory = m.make(ObjectType::memory, 12);
  CHECK_EQ(m.invoke(t, Method::set_guest_state, {memory, 1}).error, Error::misaligned);
  CHECK_EQ(m.invoke(t, Method::set_guest_state, {memory, 4096}).error, Error::bad_argument);
  CHECK_EQ(m.invoke(t, Method::set_guest_state, {m.copy(memory, abi::kRightRead), 0}).error, Error::no_right);
  CHECK_EQ(m.invoke(t, Method::set_guest_state, {memory, 0}).error, Error::ok);
  CHECK(m.slot(t).as<Thread>()->guest != nullptr);
  m.revoke(memory);
  CHECK(m.slot(t).as<Thread>()->guest == nullptr);
  check_invariants(m);
}

// Of the capability, and of the thread.
TEST(guest_run_checks) {
  Machine m;
  Thread& thread = m.thread(1);
  const auto run = [&](std::uint64_t handle) {
    m.run(thread);
    CHECK(nucleus_guest_run(thread, handle));
    CHECK(thread.resume == arch::Resume::call);
    return read_outcome(thread).error;
  };
  CHECK_EQ(run(m.free_slot()), Error::empty_slot);
  CHECK_EQ(run(m.untyped_cap), Error::wrong_type);
  CHECK_EQ(run(m.copy(m.space_cap, abi::kRightRead)), Error::no_right);
  CHECK_EQ(run(m.space_cap), Error::not_configured);
}

// Another page in place of the first, for oneself and for a thread that runs.
TEST(thread_goes_on_with_another_guest_state) {
  Machine m;
  const std::uint64_t memory = m.make(ObjectType::memory, 13);
  for (const unsigned by : {0u, 1u}) {
    for (const std::uint64_t offset : {0u, 4096u}) {
      CHECK(m.invoke(m.thread(by), m.thread_caps[1], Method::set_guest_state, {memory, offset}).ok());
      CHECK_EQ(m.thread(1).state, ThreadState::ready);
      CHECK_EQ(m.thread(1).guest, direct<abi::GuestState>(PhysAddr{m.slot(memory).object + offset}));
    }
  }
  CHECK(m.invoke(m.thread(1), m.thread_caps[1], Method::sync_guest).ok());
  m.revoke(memory);
  CHECK_EQ(m.thread(1).state, ThreadState::stopped);
  CHECK_EQ(m.thread(1).guest, nullptr);
  check_invariants(m);
}

// A thread stopped in the midst of its guest: without the page of the guest's registers, and
// without the space that it ran in, there is nothing to go on with but the native side.
TEST(guest_run_ends_with_what_it_needs) {
  for (const bool state_goes : {true, false}) {
    Machine m;
    const std::uint64_t host = m.make(ObjectType::address_space), guest = m.make(ObjectType::address_space);
    const std::uint64_t memory = m.make(ObjectType::memory, 12), t = m.make(ObjectType::thread);
    CHECK(m.invoke(host, abi::AddressSpaceMethod::donate, {m.make(ObjectType::untyped, 16)}).ok());
    CHECK(m.invoke(guest, abi::AddressSpaceMethod::donate, {m.make(ObjectType::untyped, 16)}).ok());
    CHECK(m.invoke(guest, abi::AddressSpaceMethod::bind_host, {host, 0}).ok());
    CHECK(m.invoke(t, Method::configure, {m.table_cap, host, 0, 0, 0}).ok());
    CHECK(m.invoke(t, Method::set_guest_state, {memory, 0}).ok());
    CHECK(m.invoke(t, Method::schedule, {m.budget_cap, Machine::kPriority}).ok());
    auto& thread = *m.slot(t).as<Thread>();
    // As guest_run leaves it, which the hosted machine has not.
    thread.set_guest_space(m.slot(guest).as<AddressSpace>());
    thread.in_guest = true;
    thread.resume = arch::Resume::guest;
    if (state_goes) {
      m.revoke(memory);
    } else {
      CHECK(m.invoke(t, Method::configure, {0, m.space_cap, 0, 0, 0}).ok());
      CHECK(thread.guest_space == nullptr);
    }
    CHECK(!thread.in_guest);
    CHECK(thread.resume == arch::Resume::call);
    CHECK(m.invoke(t, Method::kick).ok());
    CHECK(m.invoke(t, Method::resume).ok());
    CHECK_EQ(read_outcome(thread).error, Error::cancelled);
    check_invariants(m);
  }
}

TEST(thread_state_is_readable) {
  Machine m;
  const auto state = [&](unsigned i) { return m.invoke(m.thread_caps.at(i), Method::read_registers).words[6]; };
  CHECK_EQ(state(1), 1);
  CHECK(m.call(m.thread(1), abi::Call::wait, m.make(ObjectType::notification)).blocked());
  CHECK_EQ(state(1), 2);
  CHECK(m.invoke(m.thread_caps[1], Method::suspend).ok());
  CHECK_EQ(state(1), 0);
  // Ready in all but name: its budget is used up, or its namespace is suspended.
  const std::uint64_t budget = m.make(ObjectType::budget);
  CHECK(m.invoke(budget, abi::BudgetMethod::configure, {0, 1'000'000, 10'000'000}).ok());
  CHECK(m.invoke(m.thread_caps[2], Method::suspend).ok());
  CHECK(m.invoke(m.thread_caps[2], Method::schedule, {budget, 9}).ok());
  CHECK(m.invoke(m.thread_caps[2], Method::resume).ok());
  m.run(m.thread(2));
  arch::hosted::advance(1'000'000);
  CHECK_EQ(m.thread(2).state, ThreadState::throttled);
  CHECK_EQ(state(2), 1);
}

TEST(thread_suspends_itself) {
  Machine m;
  CHECK(m.invoke(m.thread(1), m.thread_caps[1], Method::suspend).blocked());
  CHECK_EQ(m.thread(1).state, ThreadState::stopped);
  CHECK(m.invoke(m.thread_caps[1], Method::resume).ok());
  CHECK(read_outcome(m.thread(1)).ok());
}

TEST(thread_stops_when_what_it_needs_is_revoked) {
  Machine m;
  for (unsigned what = 0; what < 4; ++what) {
    const std::uint64_t table = m.make(ObjectType::cap_table, 4), space = m.make(ObjectType::address_space),
                        memory = m.make(ObjectType::memory, 12), budget = m.make(ObjectType::budget), t = m.make(ObjectType::thread);
    CHECK(m.invoke(t, Method::configure, {table, space, memory, 0, 0}).ok());
    CHECK(m.invoke(budget, abi::BudgetMethod::configure, {0, 1'000'000, 1'000'000}).ok());
    CHECK(m.invoke(t, Method::schedule, {budget, 9}).ok());
    CHECK(m.invoke(t, Method::resume).ok());
    m.revoke(std::array{table, space, memory, budget}.at(what));
    CHECK_EQ(m.slot(t).as<Thread>()->state, ThreadState::stopped);
    check_invariants(m);
    if (what != 2) CHECK_EQ(m.invoke(t, Method::resume).error, Error::not_configured);
    m.revoke(m.untyped_cap);
  }
}

TEST(thread_deletes_itself) {
  for (const unsigned preemptions : {0u, 100u}) {
    Machine m;
    const Machine::Made made = m.make_thread_with_table();
    const std::uint64_t own = m.invoke(made.table_cap, abi::CapTableMethod::copy, {m.table_cap, 5, kAllRights, 0}).words[0];
    arch::hosted::interrupt_at_preemption(preemptions);
    CHECK(m.call(*made.thread, abi::Call::invoke, own, {made.thread_cap}, 3).blocked());
    arch::hosted::interrupt_at_preemption(0);
    CHECK_EQ(m.invoke(made.thread_cap, 1).error, Error::stale_handle);
    m.revoke(m.untyped_cap);
  }
}

TEST(thread_deletes_its_own_space) {
  Machine m;
  const std::uint64_t space = m.make(ObjectType::address_space);
  const Machine::Made made = m.make_thread_with_table();
  CHECK(m.invoke(made.thread_cap, Method::suspend).ok());
  CHECK(m.invoke(made.thread_cap, Method::configure, {made.table_cap, space, 0, 0, 0}).ok());
  CHECK(m.invoke(made.thread_cap, Method::resume).ok());
  const std::uint64_t own = m.invoke(made.table_cap, abi::CapTableMethod::copy, {m.table_cap, 5, kAllRights, 0}).words[0];
  CHECK(m.call(*made.thread, abi::Call::invoke, own, {space}, static_cast<std::uint32_t>(abi::CapTableMethod::revoke)).blocked());
  CHECK(made.thread->space == nullptr);
  m.remove(space);
  check_invariants(m);
}

TEST(fault_goes_to_the_endpoint) {
  for (const bool waits_first : {true, false}) {
    Machine m;
    Service s(m, Way::fast);
    CHECK(m.invoke(m.thread_caps[2], Method::suspend).ok());
    CHECK(m.invoke(m.thread_caps[2], Method::configure, {0, 0, 0, 0, s.badged[2]}).ok());
    CHECK(m.invoke(m.thread_caps[2], Method::resume).ok());
    if (waits_first) CHECK(s.wait().blocked());
    m.thread(2).frame.words[0] = 4711;
    fault(m, m.thread(2));
    check_invariants(m);
    if (!waits_first) CHECK(s.wait().ok());
    const Outcome got = read_outcome(s.server());
    CHECK_EQ(got.label, kFaultLabel);
    CHECK_EQ(got.badge, Service::kBadge + 2);
    CHECK_EQ(got.words[0], 14);
    CHECK_EQ(got.words[2], 0x1234);
    CHECK(s.reply_wait().blocked());  // label 0: it goes on where it was, with its own registers
    CHECK_EQ(m.thread(2).state, ThreadState::ready);
    CHECK_EQ(m.thread(2).frame.words[0], 4711);
    fault(m, m.thread(2));
    CHECK(s.reply_wait({}, 1).blocked());  // any other label: it stays stopped
    CHECK_EQ(m.thread(2).state, ThreadState::stopped);
    CHECK(m.invoke(m.thread_caps[2], Method::resume).ok());
  }
}

TEST(fault_without_endpoint_stops_for_good) {
  Machine m;
  fault(m, m.thread(2), 13);
  CHECK_EQ(m.thread(2).state, ThreadState::stopped);
  CHECK(arch::hosted::log_text().contains("thread stopped by exception 13"));
}

TEST(fault_is_cancelled_with_its_badge) {
  Machine m;
  Service s(m, Way::fast);
  CHECK(m.invoke(m.thread_caps[2], Method::suspend).ok());
  CHECK(m.invoke(m.thread_caps[2], Method::configure, {0, 0, 0, 0, s.badged[2]}).ok());
  CHECK(m.invoke(m.thread_caps[2], Method::resume).ok());
  fault(m, m.thread(2));
  CHECK_EQ(m.thread(2).state, ThreadState::sending);
  CHECK(m.invoke(s.endpoint, abi::EndpointMethod::cancel, {Service::kBadge + 2}).ok());
  CHECK_EQ(m.thread(2).state, ThreadState::stopped);
  check_invariants(m);
}

}  // namespace tessera::nucleus::test
