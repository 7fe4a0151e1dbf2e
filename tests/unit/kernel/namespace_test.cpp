// SPDX-License-Identifier: Apache-2.0
// Namespaces: membership, limits, what may cross borders, gates.
#include "kernel/ipc/calls.hpp"
#include "kernel/object/derivation.hpp"
#include "tests/support/check.hpp"
#include "tests/unit/kernel/fixture/tenants.hpp"

namespace tessera::nucleus::test {

using Cap = abi::CapTableMethod;
using Ns = abi::NamespaceMethod;

static Outcome make_in(Machine& m, const Tenant& tenant, ObjectType type, std::uint64_t bits, std::uint64_t count, std::uint64_t index) {
  return m.invoke(tenant.table_cap, abi::UntypedMethod::info).ok()
             ? Outcome{}
             : m.invoke(m.untyped_cap, abi::UntypedMethod::retype,
                        {static_cast<std::uint64_t>(type), bits, count, tenant.table_cap, index});
}

TEST(new_objects_are_members_where_they_appear) {
  Machine m;
  Tenants t(m);
  CHECK(t.a.space->parent == &m.root());
  CHECK_EQ(t.a.space->depth, 2);
  CHECK(t.a.table->member_of == t.a.space);
  CHECK(t.a.thread->member_of == t.a.space);
  CHECK(make_in(m, t.a, ObjectType::cap_table, 4, 1, 30).ok());
  CHECK(t.a.table->slot(30)->as<CapTable>()->member_of == t.a.space);
  CHECK(make_in(m, t.a, ObjectType::namespace_, 0, 1, 31).ok());
  CHECK(t.a.table->slot(31)->as<Namespace>()->parent == t.a.space);
  check_invariants(m);
}

TEST(namespaces_are_eight_deep_at_most) {
  Machine m;
  std::uint64_t table = m.table_cap;
  for (unsigned depth = 2; depth <= 9; ++depth) {
    const std::uint64_t at = m.free_slot();
    const Outcome made = m.invoke(m.untyped_cap, abi::UntypedMethod::retype,
                                  {static_cast<std::uint64_t>(ObjectType::namespace_), 0, 1, table, table == m.table_cap ? at : 2});
    CHECK_EQ(made.error, depth <= 8 ? Error::ok : Error::too_deep);
    if (!made.ok()) break;
    const std::uint64_t inner = table == m.table_cap ? made.words[0] : m.invoke(m.table_cap, Cap::move, {path(table, made.words[0]), at}).words[0];
    table = m.make(ObjectType::cap_table, 3);
    CHECK(m.invoke(inner, Ns::adopt, {table}).ok());
  }
  check_invariants(m);
}

TEST(limits_hold_all_the_way_up) {
  Machine m;
  Tenants t(m);
  const auto limit = [&](std::uint64_t cap, Words words) { CHECK(m.invoke(cap, Ns::set_limits, words).ok()); };
  const std::uint64_t none = abi::kNoLimit;
  const std::uint64_t used_slots = t.a.space->used[1];
  limit(t.a.space_cap, {none, used_slots + 16, 2, 1, none});
  const Outcome limits = m.invoke(t.a.space_cap, Ns::limits);
  CHECK_EQ(limits.words[1], used_slots + 16);
  CHECK_EQ(limits.words[5], abi::kAllTypes);
  // Slots: all or nothing.
  CHECK_EQ(make_in(m, t.a, ObjectType::cap_table, 4, 2, 30).error, Error::over_limit);
  CHECK(t.a.table->slot(30)->empty() && t.a.table->slot(31)->empty());
  CHECK(make_in(m, t.a, ObjectType::cap_table, 4, 1, 30).ok());
  CHECK_EQ(make_in(m, t.a, ObjectType::cap_table, 2, 1, 31).error, Error::over_limit);
  // Threads: one there already.
  CHECK(make_in(m, t.a, ObjectType::thread, 0, 1, 32).ok());
  CHECK_EQ(make_in(m, t.a, ObjectType::thread, 0, 1, 33).error, Error::over_limit);
  // Namespaces below count, too.
  CHECK(make_in(m, t.a, ObjectType::namespace_, 0, 1, 34).ok());
  const std::uint64_t below = m.make(ObjectType::cap_table, 3);
  CHECK_EQ(m.invoke(path(t.a.table_cap, t.a.handle(34)), Ns::adopt, {below}).error, Error::over_limit);
  limit(t.a.space_cap, {none, used_slots + 24, 3, 2, none});
  CHECK(m.invoke(path(t.a.table_cap, t.a.handle(34)), Ns::adopt, {below}).ok());
  CHECK(m.invoke(m.untyped_cap, abi::UntypedMethod::retype, {static_cast<std::uint64_t>(ObjectType::namespace_), 0, 1, below, 2}).ok());
  CHECK_EQ(m.invoke(m.untyped_cap, abi::UntypedMethod::retype, {static_cast<std::uint64_t>(ObjectType::namespace_), 0, 1, below, 3}).error,
           Error::over_limit);
  // A limit below what is used takes nothing away.
  limit(t.a.space_cap, {0, 0, 0, 0, 0});
  CHECK_EQ(make_in(m, t.a, ObjectType::thread, 0, 1, 35).error, Error::over_limit);
  CHECK(m.invoke(t.a.table_cap, Cap::delete_, {t.a.handle(32)}).ok());
  check_invariants(m);
  const Outcome usage = m.invoke(t.a.space_cap, Ns::usage);
  CHECK_EQ(usage.words[2], 1);
  CHECK_EQ(usage.words[5], t.a.space->serial);
}

TEST(memory_is_charged_where_the_untyped_is) {
  Machine m;
  Tenants t(m);
  const std::uint64_t untyped = m.make(ObjectType::untyped, 16);
  CHECK_EQ(m.root().used[0], t.a.space->used[0] + m.root().used[0]);
  const std::uint64_t before = t.a.space->used[0];
  const std::uint64_t moved = m.invoke(t.a.table_cap, Cap::move, {untyped, 20}).words[0];
  CHECK(m.invoke(t.a.space_cap, Ns::set_limits, {8192, abi::kNoLimit, abi::kNoLimit, abi::kNoLimit, abi::kNoLimit}).ok());
  const auto retype = [&](std::uint64_t bits, std::uint64_t index) {
    return m.call(*t.a.thread, abi::Call::invoke, moved, {static_cast<std::uint64_t>(ObjectType::memory), bits, 1, t.a.own_table, index}, 1);
  };
  CHECK(retype(12, 21).ok());
  CHECK_EQ(t.a.space->used[0], before + 4096);
  CHECK_EQ(retype(13, 22).error, Error::over_limit);
  CHECK(retype(12, 22).ok());
  CHECK_EQ(retype(12, 23).error, Error::over_limit);
  // An Untyped inside costs nothing; what is made from it does.
  CHECK_EQ(t.a.space->used[0], before + 8192);
  CHECK(m.call(*t.a.thread, abi::Call::invoke, moved, {static_cast<std::uint64_t>(ObjectType::untyped), 13, 1, t.a.own_table, 24}, 1).ok());
  CHECK_EQ(m.call(*t.a.thread, abi::Call::invoke, t.a.handle(24), {static_cast<std::uint64_t>(ObjectType::memory), 12, 1, t.a.own_table, 25}, 1).error,
           Error::over_limit);
  // Nor may it leave while something is made from it.
  CHECK_EQ(m.invoke(m.table_cap, Cap::move, {path(t.a.table_cap, moved), m.free_slot()}).error, Error::denied);
  m.invoke(t.a.table_cap, Cap::revoke, {moved});
  CHECK_EQ(t.a.space->used[0], before);
  CHECK(m.invoke(m.table_cap, Cap::move, {path(t.a.table_cap, moved), m.free_slot()}).ok());
}

TEST(processor_share_is_charged_by_configure) {
  Machine m;
  Tenants t(m);
  CHECK(make_in(m, t.a, ObjectType::budget, 0, 2, 20).ok());
  CHECK(m.invoke(t.a.space_cap, Ns::set_limits, {abi::kNoLimit, abi::kNoLimit, abi::kNoLimit, abi::kNoLimit, 300'000}).ok());
  const auto configure = [&](unsigned index, std::uint64_t budget, std::uint64_t period) {
    return m.invoke(path(t.a.table_cap, t.a.handle(index)), abi::BudgetMethod::configure, {0, budget, period}).error;
  };
  CHECK_EQ(configure(20, 200'000, 1'000'000), Error::ok);
  CHECK_EQ(t.a.space->used[4], 200'000);
  CHECK_EQ(configure(21, 100'001, 1'000'000), Error::over_limit);
  CHECK_EQ(configure(21, 100'000, 3'000'000), Error::ok);  // a third of a tenth, rounded up
  CHECK_EQ(t.a.space->used[4], 233'334);
  CHECK_EQ(configure(20, 900'000, 1'000'000), Error::over_limit);
  CHECK_EQ(t.a.space->used[4], 233'334);
  CHECK(m.invoke(t.a.table_cap, Cap::delete_, {t.a.handle(20)}).ok());
  CHECK_EQ(t.a.space->used[4], 33'334);
}

TEST(only_an_ancestor_hands_over_directly) {
  Machine m;
  Tenants t(m);
  const std::uint64_t endpoint = m.make(ObjectType::endpoint);
  // By the ancestor: in, across, out.
  const std::uint64_t in_a = m.invoke(t.a.table_cap, Cap::copy, {endpoint, 20, kAllRights, 0}).words[0];
  CHECK(m.invoke(t.b.table_cap, Cap::copy, {path(t.a.table_cap, in_a), 20, kAllRights, 0}).ok());
  CHECK(m.invoke(m.table_cap, Cap::copy, {path(t.a.table_cap, in_a), m.free_slot(), kAllRights, 0}).ok());
  // A tenant with a capability to its sibling's table: neither give nor take.
  const std::uint64_t table_b = m.invoke(t.a.table_cap, Cap::copy, {t.b.table_cap, 21, kAllRights, 0}).words[0];
  const auto by_a = [&](std::uint64_t handle, Cap method, Words words) {
    return m.call(*t.a.thread, abi::Call::invoke, handle, words, static_cast<std::uint32_t>(method)).error;
  };
  CHECK_EQ(by_a(table_b, Cap::copy, {in_a, 22, kAllRights, 0}), Error::denied);
  CHECK_EQ(by_a(table_b, Cap::mint, {in_a, 22, kAllRights, 0, 0, 0, 1}), Error::denied);
  CHECK_EQ(by_a(table_b, Cap::move, {in_a, 22}), Error::denied);
  CHECK_EQ(by_a(table_b, Cap::swap, {in_a, 20}), Error::denied);
  CHECK_EQ(by_a(t.a.own_table, Cap::copy, {path(table_b, t.b.handle(20)), 22, kAllRights, 0}), Error::denied);
  CHECK_EQ(by_a(t.a.own_table, Cap::move, {path(table_b, t.b.handle(20)), 22}), Error::denied);
  CHECK(t.b.table->slot(22)->empty() && t.a.table->slot(22)->empty());
  // Within the sibling it may do what the capability to the table says.
  CHECK_EQ(by_a(table_b, Cap::copy, {path(table_b, t.b.handle(20)), 22, kAllRights, 0}), Error::ok);
  // Up: what is its own cannot be put into the ancestor's table either.
  const std::uint64_t root_table = m.invoke(t.a.table_cap, Cap::copy, {m.table_cap, 23, kAllRights, 0}).words[0];
  CHECK_EQ(by_a(root_table, Cap::copy, {in_a, m.free_slot(), kAllRights, 0}), Error::denied);
  check_invariants(m);
}

TEST(policies_forbid_types) {
  Machine m;
  Tenants t(m);
  const std::uint64_t endpoint = m.make(ObjectType::endpoint), notification = m.make(ObjectType::notification);
  const auto mask = [](ObjectType type) { return abi::kAllTypes & ~(std::uint64_t{1} << static_cast<unsigned>(type)); };
  CHECK(m.invoke(t.a.space_cap, Ns::set_policy, {mask(ObjectType::notification), mask(ObjectType::endpoint)}).ok());
  CHECK_EQ(m.invoke(t.a.table_cap, Cap::copy, {endpoint, 20, kAllRights, 0}).error, Error::denied);
  CHECK(m.invoke(t.a.table_cap, Cap::copy, {notification, 20, kAllRights, 0}).ok());
  CHECK_EQ(m.invoke(m.table_cap, Cap::copy, {path(t.a.table_cap, t.a.handle(20)), m.free_slot(), kAllRights, 0}).error, Error::denied);
  CHECK_EQ(make_in(m, t.a, ObjectType::endpoint, 0, 1, 24).error, Error::denied);  // made from an Untyped outside
  CHECK_EQ(m.invoke(t.a.space_cap, Ns::set_policy, {0x20000, 0}).error, Error::bad_argument);
  CHECK_EQ(m.invoke(t.a.space_cap, Ns::set_policy, {0, 0x20000}).error, Error::bad_argument);
  // And on the way up from a grandchild: each border is asked.
  CHECK(make_in(m, t.a, ObjectType::namespace_, 0, 1, 25).ok());
  const std::uint64_t inner = m.make(ObjectType::cap_table, 4);
  CHECK(m.invoke(path(t.a.table_cap, t.a.handle(25)), Ns::adopt, {inner}).ok());
  CHECK_EQ(m.invoke(inner, Cap::copy, {endpoint, 3, kAllRights, 0}).error, Error::denied);
  CHECK(m.invoke(inner, Cap::copy, {notification, 3, kAllRights, 0}).ok());
}

TEST(threads_hold_what_is_their_own_namespaces) {
  Machine m;
  Tenants t(m);
  const std::uint64_t thread = m.make(ObjectType::thread);
  CHECK_EQ(m.invoke(thread, abi::ThreadMethod::configure, {t.a.table_cap, 0, 0, 0, 0}).error, Error::denied);
  CHECK_EQ(m.invoke(thread, abi::ThreadMethod::configure, {0, t.a.address_space_cap, 0, 0, 0}).error, Error::denied);
  CHECK(m.slot(thread).as<Thread>()->table_slot.empty());
  CHECK(m.invoke(t.a.space_cap, Ns::adopt, {thread}).ok());
  CHECK(m.invoke(thread, abi::ThreadMethod::configure, {t.a.table_cap, t.a.address_space_cap, 0, 0, 0}).ok());
  CHECK_EQ(m.invoke(t.b.space_cap, Ns::adopt, {thread}).error, Error::busy);
}

TEST(adopt_errors) {
  Machine m;
  Tenants t(m);
  const auto adopt = [&](std::uint64_t by, std::uint64_t member) { return m.invoke(by, Ns::adopt, {member}).error; };
  CHECK_EQ(adopt(t.a.space_cap, m.make(ObjectType::endpoint)), Error::wrong_type);
  CHECK_EQ(adopt(t.a.space_cap, m.namespace_cap), Error::denied);
  CHECK_EQ(adopt(t.a.space_cap, t.a.space_cap), Error::denied);
  CHECK_EQ(adopt(t.a.space_cap, t.b.space_cap), Error::busy);
  CHECK_EQ(adopt(t.a.space_cap, t.b.table_cap), Error::busy);
  CHECK_EQ(adopt(t.a.space_cap, m.copy(m.make(ObjectType::budget), abi::kRightRead)), Error::no_right);
  CHECK_EQ(adopt(m.copy(t.a.space_cap, abi::kRightRead), m.make(ObjectType::budget)), Error::no_right);
  CHECK_EQ(adopt(t.a.space_cap, m.make(ObjectType::budget)), Error::ok);
  CHECK_EQ(adopt(t.a.space_cap, m.make(ObjectType::address_space)), Error::ok);
  CHECK_EQ(adopt(t.a.space_cap, m.make(ObjectType::namespace_)), Error::ok);
  // A tenant adopts only what is its own already, into what is below it.
  const std::uint64_t own_space = m.invoke(t.a.table_cap, Cap::copy, {t.a.space_cap, 20, kAllRights, 0}).words[0];
  const std::uint64_t foreign = m.invoke(t.a.table_cap, Cap::copy, {m.make(ObjectType::budget), 21, kAllRights, 0}).words[0];
  CHECK_EQ(m.call(*t.a.thread, abi::Call::invoke, own_space, {foreign}, static_cast<std::uint32_t>(Ns::adopt)).error, Error::denied);
  CHECK_EQ(m.invoke(t.a.space_cap, 99).error, Error::bad_call);
  check_invariants(m);
}

// Two siblings exchange capabilities through a gate, and not without one.
TEST(gates_let_through_what_they_say) {
  Machine m;
  Tenants t(m);
  const std::uint64_t endpoint = m.make(ObjectType::endpoint), reply = m.make(ObjectType::reply);
  const std::uint64_t types = 1u << static_cast<unsigned>(ObjectType::memory) | 1u << static_cast<unsigned>(ObjectType::untyped);
  const Outcome gate = m.invoke(t.a.table_cap, Cap::make_gate, {endpoint, 20, 7, types, abi::kRightRead, 13});
  CHECK(gate.ok());
  const std::uint64_t plain = m.invoke(t.a.table_cap, Cap::copy, {endpoint, 21, abi::kRightWrite | abi::kRightGrant, 0}).words[0];
  const std::uint64_t listen = m.invoke(t.b.table_cap, Cap::copy, {endpoint, 20, abi::kRightRead, 0}).words[0];
  const std::uint64_t reply_b = m.invoke(t.b.table_cap, Cap::copy, {reply, 21, kAllRights, 0}).words[0];
  const std::uint64_t page = m.invoke(t.a.table_cap, Cap::copy, {m.make(ObjectType::memory, 13), 22, kAllRights, 0}).words[0];
  const std::uint64_t large = m.invoke(t.a.table_cap, Cap::copy, {m.make(ObjectType::memory, 14), 23, kAllRights, 0}).words[0];
  const std::uint64_t signal = m.invoke(t.a.table_cap, Cap::copy, {m.make(ObjectType::notification), 24, kAllRights, 0}).words[0];
  const std::uint64_t raw = m.invoke(t.a.table_cap, Cap::move, {m.make(ObjectType::untyped, 12), 25}).words[0];
  // Sends one capability; how many arrived in B's slot 30.
  const auto sent = [&](std::uint64_t through, std::uint64_t capability) {
    t.b.thread->message->receive_slots[0] = 30;
    t.a.thread->message->send_caps[0] = capability;
    CHECK(m.call(*t.b.thread, abi::Call::wait, listen, {}, 0, reply_b).blocked());
    CHECK(m.call(*t.a.thread, abi::Call::call, through, {1}, 3, 0, 1).blocked());
    const unsigned count = read_outcome(*t.b.thread).capability_count;
    CHECK(m.call(*t.b.thread, abi::Call::reply, 0, {}, 0, reply_b).ok());
    return count;
  };
  CHECK_EQ(sent(plain, page), 0);
  CHECK_EQ(sent(gate.words[0], page), 1);
  CHECK_EQ(t.b.table->slot(30)->rights, abi::kRightRead);
  CHECK_EQ(parent_of(*t.b.table->slot(30)), t.a.table->slot(22));
  CHECK(m.invoke(t.b.table_cap, Cap::delete_, {t.b.handle(30)}).ok());
  CHECK_EQ(sent(gate.words[0], large), 0);
  CHECK_EQ(sent(gate.words[0], signal), 0);
  CHECK_EQ(sent(gate.words[0], raw), 0);
  // A copy of a gate is the same gate; the sibling's policy has its say.
  const std::uint64_t again = m.call(*t.a.thread, abi::Call::invoke, t.a.own_table, {gate.words[0], 26, kAllRights, 0},
                                     static_cast<std::uint32_t>(Cap::copy)).words[0];
  CHECK(m.invoke(t.b.space_cap, Ns::set_policy, {abi::kAllTypes, 0}).ok());
  CHECK_EQ(sent(again, page), 0);
  CHECK(m.invoke(t.b.space_cap, Ns::set_policy, {0, abi::kAllTypes}).ok());
  CHECK_EQ(sent(again, page), 1);
  check_invariants(m);
}

TEST(gates_are_made_with_manage_and_once) {
  Machine m;
  Tenants t(m);
  const std::uint64_t endpoint = m.make(ObjectType::endpoint);
  const auto make = [&](std::uint64_t source, std::uint64_t types, std::uint64_t rights, std::uint64_t largest) {
    return m.invoke(m.table_cap, Cap::make_gate, {source, m.free_slot(), 0, types, rights, largest});
  };
  const Outcome gate = make(endpoint, 0xffff, 0xff, 0);
  CHECK(gate.ok());
  CHECK_EQ(m.slot(gate.words[0]).rights, abi::kRightWrite | abi::kRightGrant);
  CHECK_EQ(make(gate.words[0], 0xffff, 0xff, 0).error, Error::no_right);
  CHECK_EQ(make(m.copy(endpoint, abi::kRightWrite), 1, 1, 0).error, Error::no_right);
  CHECK_EQ(make(m.make(ObjectType::notification), 1, 1, 0).error, Error::wrong_type);
  CHECK_EQ(make(endpoint, 0x20000, 1, 0).error, Error::bad_argument);
  CHECK_EQ(make(endpoint, 1, 0x100, 0).error, Error::bad_argument);
  CHECK_EQ(make(endpoint, 1, 1, 11).error, Error::bad_argument);
  CHECK_EQ(make(endpoint, 1, 1, 49).error, Error::bad_argument);
  CHECK_EQ(m.invoke(m.table_cap, Cap::make_gate, {endpoint, endpoint & 0xffff, 0, 1, 1, 0}).error, Error::slot_occupied);
}

// A tenant's own gate opens only what is below itself.
TEST(a_gate_is_worth_its_maker) {
  Machine m;
  Tenants t(m);
  const std::uint64_t endpoint = m.invoke(t.a.table_cap, Cap::copy, {m.make(ObjectType::endpoint), 20, kAllRights, 0}).words[0];
  CHECK(m.call(*t.a.thread, abi::Call::invoke, t.a.own_table, {endpoint, 21, 0, 0xffff, 0xff, 0}, static_cast<std::uint32_t>(Cap::make_gate)).ok());
  const Gate gate = Gate::of(*t.a.table->slot(21));
  CHECK_EQ(gate.authority, t.a.space->serial);
  const Slot& capability = *t.a.table->slot(20);
  CHECK_EQ(cross(capability, t.b.space, {*t.a.thread, &gate}).error_or(Error::ok), Error::denied);
  // Of a namespace that is gone, with another made where it was.
  const std::uint64_t passing = m.make(ObjectType::namespace_);
  const Gate gone{.authority = m.slot(passing).as<Namespace>()->serial, .types = 0xffff};
  m.remove(passing);
  (void)m.make(ObjectType::namespace_);
  CHECK_EQ(cross(capability, t.b.space, {*t.a.thread, &gone}).error_or(Error::ok), Error::denied);
  const Gate roots{.authority = m.root().serial, .types = 0xffff};
  CHECK(cross(capability, t.b.space, {*t.a.thread, &roots}).has_value());
}

// A fault that has to wait for its handler goes on with all registers when it is answered.
TEST(a_queued_fault_resumes_in_full) {
  Machine m;
  const std::uint64_t endpoint = m.make(ObjectType::endpoint), reply = m.make(ObjectType::reply);
  CHECK(m.invoke(m.thread_caps[1], abi::ThreadMethod::suspend).ok());
  CHECK(m.invoke(m.thread_caps[1], abi::ThreadMethod::configure, {0, 0, 0, 0, endpoint}).ok());
  CHECK(m.invoke(m.thread_caps[1], abi::ThreadMethod::resume).ok());
  m.run(m.thread(1));
  m.thread(1).resume = arch::Resume::full;
  {
    const Holding hold(object_lock);
    deliver_fault(m.thread(1), 14, 6, 0x1234);
    schedule();
  }
  CHECK_EQ(m.thread(1).state, ThreadState::sending);
  check_invariants(m);
  CHECK_EQ(m.call(m.thread(2), abi::Call::wait, endpoint, {}, 0, reply).words[2], 0x1234);
  CHECK(m.call(m.thread(2), abi::Call::reply, 0, {}, 0, reply).ok());
  CHECK_EQ(m.thread(1).state, ThreadState::ready);
  CHECK(m.thread(1).resume == arch::Resume::full);
}

// Many waiters are let go in steps, and nobody joins them meanwhile.
TEST(an_endpoint_that_ends_takes_no_new_senders) {
  Machine m;
  const std::uint64_t endpoint = m.make(ObjectType::endpoint);
  const std::uint64_t threads = m.make(ObjectType::thread, 0, 80);
  for (std::uint64_t i = 0; i < 80; ++i) {
    CHECK(m.invoke(threads + i, abi::ThreadMethod::configure, {m.table_cap, m.space_cap, 0, 0, 0}).ok());
    CHECK(m.invoke(threads + i, abi::ThreadMethod::schedule, {m.budget_cap, 50}).ok());
    CHECK(m.invoke(threads + i, abi::ThreadMethod::resume).ok());
    CHECK(m.call(*m.slot(threads + i).as<Thread>(), i % 2 == 0 ? abi::Call::call : abi::Call::send, endpoint, {}).blocked());
  }
  check_invariants(m);
  arch::hosted::interrupt_at_preemption(1);
  const std::array<std::uint64_t, 1> words{endpoint};
  CHECK(m.enter(m.thread(1), abi::Call::invoke, m.table_cap, words, 1, static_cast<std::uint32_t>(Cap::delete_), 0, 0));
  CHECK_EQ(m.call(m.thread(2), abi::Call::call, endpoint, {}).error, Error::no_right);
  check_invariants(m);
  while (m.enter_again(m.thread(1))) {}
  for (std::uint64_t i = 0; i < 80; ++i) CHECK_EQ(read_outcome(*m.slot(threads + i).as<Thread>()).error, Error::cancelled);
}

// Ends the waits of one badge, in steps, while another cancel is under way.
TEST(cancel_goes_in_steps) {
  Machine m;
  const std::uint64_t endpoint = m.make(ObjectType::endpoint);
  const std::uint64_t badges[] = {m.copy(endpoint, kAllRights, 1), m.copy(endpoint, kAllRights, 2), m.copy(endpoint, kAllRights, 3)};
  const std::uint64_t threads = m.make(ObjectType::thread, 0, 120);
  for (std::uint64_t i = 0; i < 120; ++i) {
    CHECK(m.invoke(threads + i, abi::ThreadMethod::configure, {m.table_cap, m.space_cap, 0, 0, 0}).ok());
    CHECK(m.invoke(threads + i, abi::ThreadMethod::schedule, {m.budget_cap, 50}).ok());
    CHECK(m.invoke(threads + i, abi::ThreadMethod::resume).ok());
    CHECK(m.call(*m.slot(threads + i).as<Thread>(), i % 2 == 0 ? abi::Call::call : abi::Call::send, std::span(badges)[i % 3], {}).blocked());
  }
  const auto cancel = static_cast<std::uint32_t>(abi::EndpointMethod::cancel);
  const std::array<std::uint64_t, 1> first{1}, second{2};
  arch::hosted::interrupt_at_preemption(2);
  bool a = m.enter(m.thread(1), abi::Call::invoke, endpoint, first, 1, cancel, 0, 0);
  bool b = m.enter(m.thread(2), abi::Call::invoke, endpoint, second, 1, cancel, 0, 0);
  CHECK(a && b);
  check_invariants(m);
  while (a || b) {
    if (a) a = m.enter_again(m.thread(1));
    if (b) b = m.enter_again(m.thread(2));
  }
  for (std::uint64_t i = 0; i < 120; ++i) {
    CHECK_EQ(m.slot(threads + i).as<Thread>()->state, i % 3 == 2 ? ThreadState::sending : ThreadState::ready);
  }
  check_invariants(m);
}

TEST(a_queued_send_ends_when_its_capability_is_revoked) {
  Machine m;
  const std::uint64_t endpoint = m.make(ObjectType::endpoint);
  const std::uint64_t first = m.copy(endpoint, kAllRights, 1), second = m.copy(endpoint, kAllRights, 2);
  CHECK(m.call(m.thread(1), abi::Call::call, first, {}).blocked());
  CHECK(m.call(m.thread(2), abi::Call::send, first, {}).blocked());
  CHECK(m.call(m.thread(3), abi::Call::call, second, {}).blocked());
  check_invariants(m);
  m.revoke(first);
  CHECK_EQ(read_outcome(m.thread(1)).error, Error::cancelled);
  CHECK_EQ(read_outcome(m.thread(2)).error, Error::cancelled);
  CHECK_EQ(m.thread(3).state, ThreadState::sending);
  // A copy that was deleted since leaves its send to what it was copied from.
  m.remove(second);
  CHECK_EQ(m.thread(3).state, ThreadState::sending);
  m.revoke(endpoint);
  CHECK_EQ(read_outcome(m.thread(3)).error, Error::cancelled);
  // And a queued send does not keep the endpoint alive.
  CHECK(m.call(m.thread(4), abi::Call::call, first, {}).ok() == false);
  CHECK(m.call(m.thread(4), abi::Call::call, endpoint, {}).blocked());
  m.remove(endpoint);
  CHECK_EQ(read_outcome(m.thread(4)).error, Error::cancelled);
}

}  // namespace tessera::nucleus::test
