// SPDX-License-Identifier: Apache-2.0
// All or nothing: what is refused at a border, by a limit or half way through its
// checks leaves everything as it was.
#include "tests/support/check.hpp"
#include "tests/unit/kernel/fixture/tenants.hpp"

namespace tessera::nucleus::test {

using Cap = abi::CapTableMethod;
using Ns = abi::NamespaceMethod;

namespace {

constexpr std::uint64_t bit(ObjectType type) { return 1u << static_cast<unsigned>(type); }

// Tenant A takes and gives everything but one type.
struct Closed : Machine {
  Closed(ObjectType type, bool exports_too = true) : tenants(*this), a(tenants.a) {
    const std::uint64_t open = abi::kAllTypes & ~bit(type);
    CHECK(invoke(a.space_cap, Ns::set_policy, {exports_too ? open : abi::kAllTypes, open}).ok());
  }
  Tenants tenants;
  Tenant& a;
};

}  // namespace

TEST(a_refused_configure_replaces_nothing) {
  for (const bool endpoint : {false, true}) {
    Closed m(endpoint ? ObjectType::endpoint : ObjectType::memory);
    CHECK(m.invoke(m.a.thread_cap, abi::ThreadMethod::suspend).ok());
    const Slot* table = &m.a.thread->table_slot;
    const std::uint64_t held = table->object;
    const auto* message = m.a.thread->message;
    const std::uint64_t other = m.make(ObjectType::cap_table, 4), page = m.make(ObjectType::memory, 12), handler = m.make(ObjectType::endpoint);
    CHECK(m.invoke(m.a.space_cap, Ns::adopt, {other}).ok());
    CHECK_EQ(m.invoke(m.a.thread_cap, abi::ThreadMethod::configure, {other, m.a.address_space_cap, page, 0, handler}).error, Error::denied);
    CHECK_EQ(table->object, held);
    CHECK(m.a.thread->message == message && m.a.thread->fault_slot.empty());
    check_invariants(m);
  }
}

TEST(a_refused_timeout_handler_leaves_the_old_one) {
  Closed m(ObjectType::endpoint);
  CHECK(m.invoke(m.a.space_cap, Ns::set_policy, {abi::kAllTypes, abi::kAllTypes}).ok());
  const std::uint64_t first = m.make(ObjectType::endpoint), second = m.make(ObjectType::endpoint);
  CHECK(m.invoke(m.a.thread_cap, abi::ThreadMethod::set_timeout, {first}).ok());
  CHECK(m.invoke(m.a.space_cap, Ns::set_policy, {0, 0}).ok());
  CHECK_EQ(m.invoke(m.a.thread_cap, abi::ThreadMethod::set_timeout, {second}).error, Error::denied);
  CHECK_EQ(m.a.thread->timeout_slot.object, m.slot(first).object);
}

TEST(a_refused_guest_state_leaves_the_old_one) {
  Closed m(ObjectType::budget);
  const std::uint64_t page = m.make(ObjectType::memory, 12);
  CHECK(m.invoke(m.a.thread_cap, abi::ThreadMethod::set_guest_state, {page, 0}).ok());
  CHECK(m.invoke(m.a.space_cap, Ns::set_policy, {0, 0}).ok());
  CHECK_EQ(m.invoke(m.a.thread_cap, abi::ThreadMethod::set_guest_state, {m.make(ObjectType::memory, 12), 0}).error, Error::denied);
  CHECK_EQ(m.a.thread->guest_slot.object, m.slot(page).object);
  CHECK(m.a.thread->guest != nullptr);
  // Not while it is in use.
  m.a.thread->in_guest = true;
  CHECK_EQ(m.invoke(m.a.thread_cap, abi::ThreadMethod::set_guest_state, {page, 0}).error, Error::busy);
  m.a.thread->in_guest = false;
}

TEST(a_refused_budget_leaves_the_old_one_and_the_priority) {
  Closed m(ObjectType::budget);
  CHECK(m.invoke(m.a.thread_cap, abi::ThreadMethod::suspend).ok());
  CHECK_EQ(m.invoke(m.a.thread_cap, abi::ThreadMethod::schedule, {m.make(ObjectType::budget), 3}).error, Error::denied);
  CHECK_EQ(m.a.thread->priority, Machine::kPriority);
  CHECK_EQ(m.a.thread->budget, &m.budget());
}

TEST(a_refused_bind_leaves_the_old_notification) {
  Closed m(ObjectType::notification);
  CHECK(m.invoke(m.a.space_cap, Ns::set_policy, {abi::kAllTypes, abi::kAllTypes}).ok());
  const std::uint64_t timer = m.invoke(m.a.table_cap, Cap::copy, {m.make(ObjectType::timer), 20, kAllRights, 0}).words[0];
  const std::uint64_t first = m.make(ObjectType::notification);
  const std::uint64_t timer_of_a = path(m.a.table_cap, timer);
  CHECK(m.invoke(timer_of_a, abi::TimerMethod::bind, {first}).ok());
  CHECK(m.invoke(m.a.space_cap, Ns::set_policy, {0, 0}).ok());
  CHECK_EQ(m.invoke(timer_of_a, abi::TimerMethod::bind, {m.make(ObjectType::notification)}).error, Error::denied);
  CHECK_EQ(m.a.table->slot(20)->as<Timer>()->target.object, m.slot(first).object);
}

TEST(a_refused_gate_fills_no_slot) {
  Machine m;
  Tenants t(m);
  const std::uint64_t endpoint = m.invoke(t.a.table_cap, Cap::copy, {m.make(ObjectType::endpoint), 20, kAllRights, 0}).words[0];
  const std::uint64_t table_b = m.invoke(t.a.table_cap, Cap::copy, {t.b.table_cap, 21, kAllRights, 0}).words[0];
  CHECK_EQ(m.call(*t.a.thread, abi::Call::invoke, table_b, {endpoint, 30, 0, 1, 1, 0}, static_cast<std::uint32_t>(Cap::make_gate)).error,
           Error::denied);
  CHECK(t.b.table->slot(30)->empty());
}

// One of the two ways is forbidden.
TEST(a_refused_swap_moves_neither) {
  Closed m(ObjectType::memory, false);
  const std::uint64_t endpoint = m.make(ObjectType::endpoint), page = m.make(ObjectType::memory, 12);
  CHECK(m.invoke(m.a.table_cap, Cap::copy, {endpoint, 20, kAllRights, 0}).ok());
  const std::uint64_t in_a = path(m.a.table_cap, m.a.handle(20));
  // Out is allowed, in is not: the source leaves A, and what would come back may not.
  CHECK_EQ(m.invoke(m.table_cap, Cap::swap, {in_a, page & 0xffff}).error, Error::denied);
  CHECK_EQ(m.a.table->slot(20)->type, ObjectType::endpoint);
  CHECK_EQ(m.slot(page).type, ObjectType::memory);
  check_invariants(m);
}

TEST(a_refused_interrupt_takes_no_memory) {
  Closed m(ObjectType::interrupt);
  const auto make = [&](std::uint64_t table, std::uint64_t index) {
    return m.invoke(m.machine_cap, abi::MachineMethod::make_interrupt, {5, 0, m.untyped_cap, table, index}).error;
  };
  const std::uint64_t before = m.free_bytes(m.untyped_cap), at = m.free_slot();
  CHECK_EQ(make(m.a.table_cap, 20), Error::denied);
  CHECK(m.invoke(m.namespace_cap, Ns::set_limits, {0, abi::kNoLimit, abi::kNoLimit, abi::kNoLimit, abi::kNoLimit}).ok());
  CHECK_EQ(make(m.table_cap, at), Error::over_limit);
  CHECK(m.a.table->slot(20)->empty() && m.table().slot(at)->empty());
  CHECK_EQ(m.free_bytes(m.untyped_cap), before);
}

TEST(a_refused_audit_leaves_the_old_ring) {
  Machine m;
  Tenants t(m);
  const std::uint64_t ring = m.make(ObjectType::memory, 12);
  CHECK(m.invoke(t.a.space_cap, Ns::set_audit, {ring, abi::kAuditUse}).ok());
  CHECK(m.invoke(t.b.table_cap, Cap::copy, {m.make(ObjectType::memory, 12), 20, kAllRights, 0}).ok());
  CHECK(m.invoke(t.b.space_cap, Ns::set_policy, {0, 0}).ok());
  CHECK_EQ(m.invoke(t.a.space_cap, Ns::set_audit, {path(t.b.table_cap, t.b.handle(20)), abi::kAuditCreate}).error, Error::denied);
  CHECK_EQ(t.a.space->ring.object, m.slot(ring).object);
  CHECK_EQ(t.a.space->trail.events(), abi::kAuditUse);
}

// Each kind of member, once it is no longer as it was made, stays where it is.
TEST(a_refused_adoption_moves_nothing) {
  Machine m;
  Tenants t(m);
  const std::uint64_t page = m.make(ObjectType::memory, 12), endpoint = m.make(ObjectType::endpoint);
  using Thr = abi::ThreadMethod;
  const auto refused = [&](std::uint64_t member, Error error) { CHECK_EQ(m.invoke(t.a.space_cap, Ns::adopt, {member}).error, error); };
  const auto thread = [&](auto method, Words words) {
    const std::uint64_t made = m.make(ObjectType::thread);
    CHECK(m.invoke(made, method, words).ok());
    refused(made, Error::busy);
    CHECK(m.slot(made).as<Thread>()->member_of == &m.root());
  };
  thread(Thr::configure, {m.table_cap, 0, 0, 0, 0});
  thread(Thr::configure, {0, m.space_cap, 0, 0, 0});
  thread(Thr::configure, {0, 0, page, 0, 0});
  thread(Thr::configure, {0, 0, 0, 0, endpoint});
  thread(Thr::set_timeout, {endpoint});
  thread(Thr::set_guest_state, {page, 0});
  thread(Thr::schedule, {m.budget_cap, 3});
  const auto space = [&](ObjectType type, std::uint64_t bits) {
    const std::uint64_t made = m.make(ObjectType::namespace_), member = m.make(type, bits);
    CHECK(m.invoke(made, Ns::adopt, {member}).ok());
    refused(made, Error::busy);
    CHECK(m.slot(made).as<Namespace>()->parent == &m.root());
  };
  const auto blank_space = [&] { return m.make(ObjectType::address_space); };
  const std::uint64_t attached = blank_space(), given = blank_space(), host = blank_space(), guest = blank_space();
  CHECK(m.invoke(attached, abi::AddressSpaceMethod::attach, {page, 0xff}).ok());
  CHECK(m.invoke(given, abi::AddressSpaceMethod::donate, {m.make(ObjectType::untyped, 12)}).ok());
  CHECK(m.invoke(guest, abi::AddressSpaceMethod::bind_host, {host, 0}).ok());
  for (const std::uint64_t made : {attached, given, host, guest, m.space_cap}) refused(made, Error::busy);
  space(ObjectType::cap_table, 3);
  space(ObjectType::thread, 0);
  space(ObjectType::address_space, 0);
  space(ObjectType::budget, 0);
  space(ObjectType::namespace_, 0);
  for (const std::uint64_t other : {m.machine_cap, m.log_cap, page, endpoint, m.untyped_cap, m.make(ObjectType::notification),
                                    m.make(ObjectType::reply), m.make(ObjectType::timer),
                                    m.invoke(m.machine_cap, abi::MachineMethod::make_interrupt, {5, 0, m.untyped_cap, m.table_cap, m.free_slot()}).words[0]}) {
    refused(other, Error::wrong_type);
  }
  const Outcome ports = m.invoke(m.machine_cap, abi::MachineMethod::make_io_ports, {0x60, 0x64, m.table_cap, m.free_slot()});
  CHECK(ports.ok());
  CHECK_EQ(m.invoke(t.a.space_cap, Ns::adopt, {m.copy(ports.words[0])}).error, Error::no_right);
  // By its limits.
  CHECK(m.invoke(t.a.space_cap, Ns::set_limits, {abi::kNoLimit, t.a.space->used[1], t.a.space->used[2], 0, 0}).ok());
  for (const ObjectType type : {ObjectType::cap_table, ObjectType::thread, ObjectType::namespace_}) {
    const std::uint64_t made = m.make(type, type == ObjectType::cap_table ? 3 : 0);
    refused(made, Error::over_limit);
    check_invariants(m);
  }
  refused(Handle::make(900, 0).value, Error::empty_slot);
}

// The tenant may neither take what is another's nor put its own where it has no say.
TEST(adopt_needs_the_caller_above_both) {
  Machine m;
  Tenants t(m);
  const std::uint64_t b_in_a = m.invoke(t.a.table_cap, Cap::copy, {t.b.space_cap, 20, kAllRights, 0}).words[0];
  const std::uint64_t root_in_a = m.invoke(t.a.table_cap, Cap::copy, {m.namespace_cap, 21, kAllRights, 0}).words[0];
  const ObjectType types[] = {ObjectType::cap_table, ObjectType::thread, ObjectType::address_space, ObjectType::budget, ObjectType::namespace_};
  for (const ObjectType type : types) {
    const std::uint64_t bits = type == ObjectType::cap_table ? 3 : 0;
    const auto adopt = [&](std::uint64_t to, std::uint64_t member) {
      return m.call(*t.a.thread, abi::Call::invoke, to, {member}, static_cast<std::uint32_t>(Ns::adopt)).error;
    };
    CHECK(m.invoke(m.untyped_cap, abi::UntypedMethod::retype, {static_cast<std::uint64_t>(type), bits, 1, t.a.table_cap, 30}).ok());
    CHECK_EQ(adopt(b_in_a, t.a.handle(30)), Error::denied);
    CHECK_EQ(adopt(root_in_a, t.a.handle(30)), Error::denied);
    const std::uint64_t foreign = m.invoke(t.a.table_cap, Cap::copy, {m.make(type, bits), 31, kAllRights, 0}).words[0];
    CHECK_EQ(adopt(root_in_a, foreign), Error::denied);
    for (const std::uint64_t index : {30u, 31u}) CHECK(m.invoke(t.a.table_cap, Cap::delete_, {t.a.handle(index)}).ok());
    check_invariants(m);
  }
}

TEST(adopt_stops_at_the_deepest) {
  Machine m;
  std::uint64_t deepest = m.namespace_cap;
  for (unsigned depth = 2; depth <= abi::kNamespaceDepth; ++depth) {
    const std::uint64_t inner = m.make(ObjectType::namespace_);
    CHECK(m.invoke(deepest, Ns::adopt, {inner}).ok());
    deepest = inner;
  }
  const std::uint64_t more = m.make(ObjectType::namespace_);
  CHECK_EQ(m.invoke(deepest, Ns::adopt, {more}).error, Error::too_deep);
  CHECK(m.slot(more).as<Namespace>()->parent == &m.root());
  // A tree of tables is not the tree of namespaces: only itself and below is refused.
  CHECK_EQ(m.invoke(deepest, Ns::adopt, {deepest}).error, Error::denied);
  check_invariants(m);
}

// What a gate says of an Untyped does not count: it goes by direct hand only.
TEST(no_gate_lets_an_untyped_through) {
  Machine m;
  Tenants t(m);
  CHECK(m.invoke(t.a.table_cap, Cap::move, {m.make(ObjectType::untyped, 12), 20}).ok());
  const Gate wide{.authority = m.root().serial, .types = abi::kAllTypes};
  CHECK_EQ(cross(*t.a.table->slot(20), t.b.space, {*t.a.thread, &wide}).error_or(Error::ok), Error::denied);
}

}  // namespace tessera::nucleus::test
