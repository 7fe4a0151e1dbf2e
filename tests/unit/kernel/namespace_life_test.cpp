// SPDX-License-Identifier: Apache-2.0
// Namespaces: suspend and resume, destroy.
#include "kernel/object/derivation.hpp"
#include "tests/support/check.hpp"
#include "tests/unit/kernel/fixture/tenants.hpp"

namespace tessera::nucleus::test {

using Cap = abi::CapTableMethod;
using Ns = abi::NamespaceMethod;

namespace {

// A service of the root's that tenant A can call: thread 1 of the machine answers.
struct Shared {
  Shared(Machine& machine, Tenants& tenants)
      : m(machine), endpoint(m.make(ObjectType::endpoint)), reply(m.make(ObjectType::reply)) {
    in_a = m.invoke(tenants.a.table_cap, Cap::copy, {endpoint, 20, kAllRights, 5}).words[0];
    reply_a = m.invoke(tenants.a.table_cap, Cap::copy, {m.make(ObjectType::reply), 21, kAllRights, 0}).words[0];
  }
  Machine& m;
  std::uint64_t endpoint, reply, in_a = 0, reply_a = 0;
};

Outcome suspend(Machine& m, const Tenant& tenant) { return m.invoke(tenant.space_cap, Ns::suspend); }
Outcome resume(Machine& m, const Tenant& tenant) { return m.invoke(tenant.space_cap, Ns::resume); }

}  // namespace

TEST(suspended_threads_do_not_run) {
  Machine m;
  Tenants t(m);
  CHECK(suspend(m, t.a).ok());
  CHECK_EQ(t.a.thread->state, ThreadState::paused);
  CHECK_EQ(t.b.thread->state, ThreadState::ready);
  CHECK_EQ(m.invoke(t.a.space_cap, Ns::usage).words[6], 1);
  check_invariants(m);
  CHECK(suspend(m, t.a).ok());
  CHECK(resume(m, t.a).ok());
  CHECK_EQ(t.a.thread->state, ThreadState::ready);
  // A thread that was stopped by itself stays so.
  CHECK(m.invoke(t.a.thread_cap, abi::ThreadMethod::suspend).ok());
  CHECK(suspend(m, t.a).ok());
  CHECK(m.invoke(t.a.thread_cap, abi::ThreadMethod::resume).ok());
  CHECK_EQ(t.a.thread->state, ThreadState::paused);
  CHECK(resume(m, t.a).ok());
  CHECK_EQ(t.a.thread->state, ThreadState::ready);
}

TEST(suspend_and_resume_are_preempted_and_finished) {
  Machine m;
  Tenants t(m);
  const std::uint64_t threads = m.make(ObjectType::thread, 0, 50);
  for (unsigned i = 0; i < 50; ++i) CHECK(m.invoke(t.a.space_cap, Ns::adopt, {threads + i}).ok());
  for (const bool frozen : {true, false}) {
    arch::hosted::interrupt_at_preemption(20);
    CHECK((frozen ? suspend(m, t.a) : resume(m, t.a)).ok());
    CHECK_EQ(arch::hosted::interrupts_left(), 0);
    for (unsigned i = 0; i < 50; ++i) CHECK_EQ(m.slot(threads + i).as<Thread>()->unusual.frozen, frozen);
  }
}

// Whatever it was at when it was suspended.
TEST(suspended_threads_were_throttled_or_waited) {
  Machine m;
  Tenants t(m);
  const std::uint64_t budget = m.make(ObjectType::budget);
  CHECK(m.invoke(budget, abi::BudgetMethod::configure, {0, 1'000'000, 10'000'000}).ok());
  CHECK(m.invoke(t.a.thread_cap, abi::ThreadMethod::suspend).ok());
  CHECK(m.invoke(t.a.thread_cap, abi::ThreadMethod::schedule, {budget, 9}).ok());
  CHECK(m.invoke(t.a.thread_cap, abi::ThreadMethod::resume).ok());
  m.run(*t.a.thread);
  arch::hosted::advance(1'000'000);
  CHECK_EQ(t.a.thread->state, ThreadState::throttled);
  CHECK(suspend(m, t.a).ok());
  CHECK_EQ(t.a.thread->state, ThreadState::paused);
  CHECK_EQ(m.invoke(t.a.thread_cap, abi::ThreadMethod::read_registers).words[6], 1);
  arch::hosted::advance(20'000'000);
  CHECK_EQ(t.a.thread->state, ThreadState::paused);
  CHECK(resume(m, t.a).ok());
  CHECK_EQ(t.a.thread->state, ThreadState::ready);
  const std::uint64_t bell = m.make(ObjectType::notification);
  const std::uint64_t in_b = m.invoke(t.b.table_cap, Cap::copy, {bell, 20, kAllRights, 0}).words[0];
  CHECK(m.call(*t.b.thread, abi::Call::wait, in_b).blocked());
  CHECK(suspend(m, t.b).ok());
  CHECK_EQ(t.b.thread->state, ThreadState::waiting);
  CHECK(m.call(m.thread(0), abi::Call::notify, bell).ok());
  CHECK_EQ(t.b.thread->state, ThreadState::paused);
  CHECK(resume(m, t.b).ok());
  CHECK(read_outcome(*t.b.thread).ok());
}

TEST(suspend_reaches_what_is_below_and_counts_each) {
  Machine m;
  Tenants t(m);
  const std::uint64_t inner = m.make(ObjectType::namespace_), thread = m.make(ObjectType::thread);
  CHECK(m.invoke(t.a.space_cap, Ns::adopt, {inner}).ok());
  CHECK(m.invoke(inner, Ns::adopt, {thread}).ok());
  const Thread& below = *m.slot(thread).as<Thread>();
  CHECK(suspend(m, t.a).ok());
  CHECK(below.unusual.frozen);
  CHECK(m.invoke(inner, Ns::suspend).ok());
  CHECK(resume(m, t.a).ok());
  CHECK(below.unusual.frozen);  // by its own
  CHECK(m.invoke(inner, Ns::resume).ok());
  CHECK(!below.unusual.frozen);
  // Made meanwhile.
  CHECK(suspend(m, t.a).ok());
  CHECK(m.invoke(m.untyped_cap, abi::UntypedMethod::retype, {static_cast<std::uint64_t>(ObjectType::thread), 0, 1, t.a.table_cap, 30}).ok());
  CHECK(t.a.table->slot(30)->as<Thread>()->unusual.frozen);
  check_invariants(m);
}

TEST(a_suspended_caller_gets_its_answer_later) {
  Machine m;
  Tenants t(m);
  Shared s(m, t);
  CHECK(m.call(m.thread(1), abi::Call::wait, s.endpoint, {}, 0, s.reply).blocked());
  CHECK(m.call(*t.a.thread, abi::Call::call, s.in_a, {1}).blocked());
  CHECK(suspend(m, t.a).ok());
  CHECK_EQ(t.a.thread->state, ThreadState::awaiting_reply);
  // The fast path must not switch to it.
  CHECK(m.call(m.thread(1), abi::Call::reply_wait, s.endpoint, {42}, 0, s.reply).blocked());
  CHECK_EQ(t.a.thread->state, ThreadState::paused);
  check_invariants(m);
  CHECK(resume(m, t.a).ok());
  CHECK_EQ(read_outcome(*t.a.thread).words[0], 42);
  CHECK_EQ(t.a.thread->state, ThreadState::ready);
}

TEST(a_suspended_sender_can_be_received_from) {
  Machine m;
  Tenants t(m);
  Shared s(m, t);
  CHECK(m.call(*t.a.thread, abi::Call::send, s.in_a, {7}).blocked());
  CHECK(suspend(m, t.a).ok());
  CHECK_EQ(t.a.thread->state, ThreadState::sending);
  const Outcome got = m.call(m.thread(1), abi::Call::wait, s.endpoint);
  CHECK_EQ(got.words[0], 7);
  CHECK_EQ(got.badge, 5);
  CHECK_EQ(t.a.thread->state, ThreadState::paused);
}

// A server that waits for its next message is not found while it is suspended, and
// waits again, without answering twice, when it goes on.
TEST(a_suspended_receiver_receives_again) {
  for (const bool answered : {false, true}) {
    Machine m;
    Tenants t(m);
    Shared s(m, t);
    CHECK(m.call(*t.a.thread, abi::Call::wait, s.in_a, {}, 0, s.reply_a).blocked());
    if (answered) {
      CHECK(m.call(m.thread(1), abi::Call::call, s.endpoint, {3}).blocked());
      CHECK(m.call(*t.a.thread, abi::Call::reply_wait, s.in_a, {4}, 0, s.reply_a).blocked());
    }
    const std::uint64_t restarts = t.a.thread->frame.restarts;
    CHECK(suspend(m, t.a).ok());
    CHECK_EQ(t.a.thread->state, ThreadState::paused);
    check_invariants(m);
    CHECK(m.call(m.thread(2), abi::Call::call, s.endpoint, {5}).blocked());
    CHECK_EQ(m.thread(2).state, ThreadState::sending);
    CHECK(resume(m, t.a).ok());
    CHECK_EQ(t.a.thread->frame.restarts, restarts + 1);
    CHECK(!m.enter_again(*t.a.thread));
    CHECK_EQ(read_outcome(*t.a.thread).words[0], 5);
    CHECK_EQ(m.thread(2).state, ThreadState::awaiting_reply);
  }
}

TEST(suspending_ones_own_namespace) {
  for (const unsigned preemptions : {0u, 5u}) {
    Machine m;
    Tenants t(m);
    const std::uint64_t own = m.invoke(t.a.table_cap, Cap::copy, {t.a.space_cap, 20, kAllRights, 0}).words[0];
    arch::hosted::interrupt_at_preemption(preemptions);
    CHECK(m.call(*t.a.thread, abi::Call::invoke, own, {}, static_cast<std::uint32_t>(Ns::suspend)).blocked());
    arch::hosted::interrupt_at_preemption(0);
    CHECK_EQ(t.a.thread->state, ThreadState::paused);
    CHECK(resume(m, t.a).ok());
    CHECK_EQ(read_outcome(*t.a.thread).error, Error::ok);
  }
}

TEST(destroy_leaves_nothing_derived) {
  for (const unsigned preemptions : {0u, 2u, 1000u}) {
    Machine m;
    Tenants t(m);
    // A holds an endpoint of its own making and has given it to B; a copy is the root's.
    const std::uint64_t untyped = m.invoke(t.a.table_cap, Cap::move, {m.make(ObjectType::untyped, 14), 20}).words[0];
    CHECK(m.call(*t.a.thread, abi::Call::invoke, untyped, {static_cast<std::uint64_t>(ObjectType::endpoint), 0, 1, t.a.own_table, 21}, 1).ok());
    CHECK(m.invoke(t.b.table_cap, Cap::copy, {path(t.a.table_cap, t.a.handle(21)), 22, kAllRights, 0}).ok());
    const std::uint64_t outside = m.invoke(m.table_cap, Cap::copy, {path(t.a.table_cap, t.a.handle(21)), m.free_slot(), kAllRights, 0}).words[0];
    const std::uint64_t inner = m.make(ObjectType::namespace_), inner_table = m.make(ObjectType::cap_table, 4);
    CHECK(m.invoke(t.a.space_cap, Ns::adopt, {inner}).ok());
    CHECK(m.invoke(inner, Ns::adopt, {inner_table}).ok());
    CHECK(m.invoke(inner_table, Cap::copy, {outside, 3, kAllRights, 0}).ok());
    arch::hosted::interrupt_at_preemption(preemptions);
    CHECK(m.invoke(t.a.space_cap, Ns::destroy).ok());
    arch::hosted::interrupt_at_preemption(0);
    CHECK(t.b.table->slot(22)->empty());
    CHECK_EQ(m.invoke(outside, 1).error, Error::stale_handle);
    CHECK_EQ(t.a.thread->state, ThreadState::stopped);
    CHECK(t.a.thread->table == nullptr && t.a.thread->space == nullptr);
    for (const std::uint64_t used : t.a.space->used) CHECK_EQ(used, 0);
    CHECK(t.a.table->member_of == &m.root() && t.a.thread->member_of == &m.root());
    CHECK(m.slot(inner).as<Namespace>()->parent == &m.root());
    for (std::uint64_t i = 2; i < t.a.table->size(); ++i) CHECK(t.a.table->slot(i)->empty());
    CHECK_EQ(t.b.thread->state, ThreadState::ready);
    check_invariants(m);
    CHECK(m.invoke(t.a.space_cap, Ns::destroy).ok());  // nothing to do
  }
}

TEST(the_end_of_the_last_capability_destroys) {
  Machine m;
  Tenants t(m);
  const std::uint64_t endpoint = m.make(ObjectType::endpoint);
  CHECK(m.invoke(t.a.table_cap, Cap::copy, {endpoint, 20, kAllRights, 0}).ok());
  const std::uint64_t spaces = m.root().used[3];
  m.remove(t.a.space_cap);
  CHECK_EQ(m.root().used[3], spaces - 1);
  CHECK(t.a.table->slot(20)->empty());
  CHECK_EQ(t.a.thread->state, ThreadState::stopped);
  CHECK(m.invoke(endpoint, abi::EndpointMethod::cancel, {0}).ok());
  check_invariants(m);
}

TEST(destroying_ones_own_namespace) {
  for (const unsigned preemptions : {0u, 4u}) {
    Machine m;
    Tenants t(m);
    const std::uint64_t own = m.invoke(t.a.table_cap, Cap::copy, {t.a.space_cap, 20, kAllRights, 0}).words[0];
    arch::hosted::interrupt_at_preemption(preemptions);
    CHECK(m.call(*t.a.thread, abi::Call::invoke, own, {}, static_cast<std::uint32_t>(Ns::destroy)).blocked());
    arch::hosted::interrupt_at_preemption(0);
    CHECK_EQ(t.a.thread->state, ThreadState::stopped);
    CHECK_EQ(t.a.space->used[1], 0);
    check_invariants(m);
  }
}

TEST(the_root_is_not_destroyed) {
  Machine m;
  CHECK_EQ(m.invoke(m.namespace_cap, Ns::destroy).error, Error::denied);
  CHECK_EQ(m.thread(0).state, ThreadState::ready);
}

// Threads in the middle of IPC with another namespace, on every side of it.
TEST(destroy_in_the_middle_of_ipc) {
  for (const bool queued : {false, true}) {
    Machine m;
    Tenants t(m);
    Shared s(m, t);
    if (!queued) CHECK(m.call(m.thread(1), abi::Call::wait, s.endpoint, {}, 0, s.reply).blocked());
    CHECK(m.call(*t.a.thread, abi::Call::call, s.in_a, {1}).blocked());
    CHECK(m.invoke(t.a.space_cap, Ns::destroy).ok());
    check_invariants(m);
    CHECK_EQ(t.a.thread->state, ThreadState::stopped);
    if (queued) continue;
    CHECK_EQ(m.thread(1).active_budget, m.thread(1).budget);
    CHECK_EQ(m.call(m.thread(1), abi::Call::reply, 0, {}, 0, s.reply).error, Error::would_block);
  }
  // The server goes: its caller is told.
  Machine m;
  Tenants t(m);
  Shared s(m, t);
  const std::uint64_t reply = m.invoke(t.a.table_cap, Cap::move, {s.reply, 25}).words[0];
  CHECK(m.call(*t.a.thread, abi::Call::wait, s.in_a, {}, 0, reply).blocked());
  CHECK(m.call(m.thread(2), abi::Call::call, s.endpoint, {1}).blocked());
  CHECK(m.invoke(t.a.space_cap, Ns::destroy).ok());
  CHECK_EQ(read_outcome(m.thread(2)).error, Error::cancelled);
  check_invariants(m);
}

// What nobody comes back to finish is finished all the same.
TEST(destroy_goes_on_without_its_caller) {
  Machine m;
  Tenants t(m);
  for (std::uint64_t i = 20; i < 60; ++i) CHECK(m.invoke(t.a.table_cap, Cap::copy, {m.log_cap, i, kAllRights, 0}).ok());
  arch::hosted::interrupt_at_preemption(1);
  CHECK(m.enter(m.thread(1), abi::Call::invoke, t.a.space_cap, {}, 0, static_cast<std::uint32_t>(Ns::destroy), 0, 0));
  arch::hosted::interrupt_at_preemption(0);
  CHECK(t.a.space->ending);
  CHECK(m.invoke(m.thread_caps[1], abi::ThreadMethod::suspend).ok());
  for (unsigned i = 0; i < 1000 && t.a.space->ending; ++i) arch::hosted::advance(5'000'000);
  CHECK(!t.a.space->ending);
  CHECK(t.a.table->slot(59)->empty());
  check_invariants(m);
}

// A namespace whose own memory is in its own table.
TEST(destroy_of_a_namespace_that_holds_what_it_is_made_of) {
  Machine m;
  const std::uint64_t untyped = m.make(ObjectType::untyped, 16);
  const std::uint64_t space = m.make(ObjectType::namespace_, 0, 1, untyped), table = m.make(ObjectType::cap_table, 4, 1, untyped);
  CHECK(m.invoke(space, Ns::adopt, {table}).ok());
  CHECK_EQ(m.invoke(table, Cap::move, {untyped, 5}).error, Error::denied);  // something is made from it
  const std::uint64_t empty = m.make(ObjectType::untyped, 14);
  const std::uint64_t inside = m.invoke(table, Cap::move, {empty, 5}).words[0];
  const std::uint64_t inner_table = m.invoke(path(table, inside), abi::UntypedMethod::retype,
                                             {static_cast<std::uint64_t>(ObjectType::cap_table), 4, 1, table, 6}).words[0];
  CHECK(m.invoke(path(table, inner_table), Cap::move, {path(table, inside), 2}).ok());
  m.remove(table);
  m.remove(space);
  m.revoke(untyped);
  CHECK_EQ(m.free_bytes(untyped), std::uint64_t{1} << 16);
  m.remove(untyped);
  CHECK_EQ(m.free_bytes(m.untyped_cap), std::uint64_t{1} << 22);
}

}  // namespace tessera::nucleus::test
