// SPDX-License-Identifier: Apache-2.0
// CapTable: copy, move, delete, revoke, identify; handles, nested and stale.
#include "kernel/object/derivation.hpp"
#include "tests/support/check.hpp"
#include "tests/unit/kernel/fixture/invariants.hpp"

namespace tessera::nucleus::test {

using Cap = abi::CapTableMethod;

static std::uint64_t nested(std::uint64_t table, std::uint64_t inner) {
  return (inner & ~std::uint64_t{0xffff'ffff}) | (1u << 30) | ((table & 0x7fff) << 15) | (inner & 0x7fff);
}
static std::uint64_t nested_twice(std::uint64_t table, std::uint64_t middle, std::uint64_t inner) {
  return (inner & ~std::uint64_t{0xffff'ffff}) | (2u << 30) | ((table & 0x3ff) << 20) | ((middle & 0x3ff) << 10) | (inner & 0x3ff);
}

TEST(copy_shrinks_rights) {
  Machine m;
  const std::uint64_t memory = m.make(ObjectType::memory, 12);
  const std::uint64_t weak = m.copy(memory, abi::kRightRead | abi::kRightDma);
  CHECK_EQ(m.slot(weak).rights, abi::kRightRead | abi::kRightDma);
  CHECK_EQ(m.slot(m.copy(weak, kAllRights)).rights, abi::kRightRead | abi::kRightDma);
  CHECK_EQ(m.slot(m.copy(weak, abi::kRightWrite)).rights, 0);
  CHECK_EQ(m.slot(m.copy(weak, 0xff)).rights, abi::kRightRead | abi::kRightDma);
  CHECK_EQ(m.invoke(m.table_cap, Cap::copy, {memory, m.free_slot(), 0x100, 0}).error, Error::bad_argument);
}

TEST(copy_gives_a_badge_once) {
  Machine m;
  const std::uint64_t endpoint = m.make(ObjectType::endpoint);
  const std::uint64_t badged = m.copy(endpoint, kAllRights, 5);
  CHECK_EQ(m.slot(badged).badge, 5);
  CHECK_EQ(m.invoke(m.table_cap, Cap::copy, {badged, m.free_slot(), kAllRights, 6}).error, Error::bad_argument);
  CHECK_EQ(m.slot(m.copy(badged)).badge, 5);
  CHECK_EQ(m.invoke(m.table_cap, Cap::copy, {m.make(ObjectType::memory, 12), m.free_slot(), kAllRights, 6}).error,
           Error::bad_argument);
  CHECK_EQ(m.slot(m.copy(m.make(ObjectType::notification), kAllRights, 8)).badge, 8);
  const Outcome ports = m.invoke(m.machine_cap, abi::MachineMethod::make_io_ports, {0x60, 0x64, m.table_cap, m.free_slot()});
  for (const std::uint64_t plain : {m.machine_cap, ports.words[0]}) {
    CHECK_EQ(m.invoke(m.table_cap, Cap::copy, {plain, m.free_slot(), kAllRights, 6}).error, Error::bad_argument);
  }
  CHECK_EQ(m.slot(m.copy(m.log_cap, kAllRights, 3)).badge, 3);
}

TEST(copy_errors) {
  Machine m;
  const std::uint64_t endpoint = m.make(ObjectType::endpoint);
  const auto copy = [&](std::uint64_t source, std::uint64_t index) {
    return m.invoke(m.table_cap, Cap::copy, {source, index, kAllRights, 0}).error;
  };
  CHECK_EQ(copy(m.untyped_cap, m.free_slot()), Error::wrong_type);
  CHECK_EQ(copy(endpoint, endpoint & 0xffff), Error::slot_occupied);
  CHECK_EQ(copy(endpoint, 0), Error::bad_argument);
  CHECK_EQ(copy(endpoint, 1), Error::bad_argument);
  CHECK_EQ(copy(endpoint, m.table().size()), Error::bad_argument);
  CHECK_EQ(copy(endpoint, ~std::uint64_t{0}), Error::bad_argument);
  CHECK_EQ(copy(Handle::make(m.free_slot(), 0).value, m.free_slot()), Error::empty_slot);
  CHECK_EQ(copy(endpoint + (std::uint64_t{1} << 32), m.free_slot()), Error::stale_handle);
  const std::uint64_t weak = m.copy(m.table_cap, abi::kRightRead);
  CHECK_EQ(m.invoke(weak, Cap::copy, {endpoint, m.free_slot(), 0xff, 0}).error, Error::no_right);
  CHECK_EQ(m.invoke(weak, Cap::move, {endpoint, m.free_slot()}).error, Error::no_right);
  CHECK_EQ(m.invoke(weak, Cap::delete_, {endpoint}).error, Error::no_right);
  CHECK_EQ(m.invoke(weak, Cap::revoke, {endpoint}).error, Error::no_right);
  CHECK(m.invoke(weak, Cap::identify, {5}).ok());
  CHECK_EQ(m.invoke(m.copy(m.table_cap, abi::kRightWrite), Cap::identify, {5}).error, Error::no_right);
  CHECK_EQ(m.invoke(m.table_cap, Cap::identify, {m.table().size()}).error, Error::bad_argument);
  CHECK_EQ(m.invoke(m.table_cap, 99).error, Error::bad_call);
}

TEST(move_keeps_the_place_in_the_tree) {
  Machine m;
  const std::uint64_t a = m.make(ObjectType::endpoint);
  const std::uint64_t b = m.copy(a, kAllRights, 4), c = m.copy(b);
  const Outcome moved = m.invoke(m.table_cap, Cap::move, {b, m.free_slot()});
  CHECK(moved.ok());
  CHECK_EQ(m.invoke(b, 1).error, Error::stale_handle);
  CHECK_EQ(parent_of(m.slot(c)), &m.slot(moved.words[0]));
  CHECK_EQ(parent_of(m.slot(moved.words[0])), &m.slot(a));
  check_invariants(m);
  m.revoke(a);
  CHECK_EQ(m.invoke(moved.words[0], 1).error, Error::stale_handle);
  CHECK_EQ(m.invoke(c, 1).error, Error::stale_handle);
  CHECK_EQ(m.invoke(m.table_cap, Cap::move, {a, a & 0xffff}).error, Error::slot_occupied);
  CHECK_EQ(m.invoke(m.table_cap, Cap::move, {a, 1}).error, Error::bad_argument);
  CHECK_EQ(m.invoke(m.table_cap, Cap::move, {c, 500}).error, Error::stale_handle);
}

TEST(move_of_an_untyped_with_children) {
  Machine m;
  const std::uint64_t inner = m.make(ObjectType::untyped, 16);
  const std::uint64_t memory = m.make(ObjectType::memory, 12, 1, inner);
  const std::uint64_t moved = m.invoke(m.table_cap, Cap::move, {inner, m.free_slot()}).words[0];
  CHECK_EQ(parent_of(m.slot(memory)), &m.slot(moved));
  CHECK_EQ(m.free_bytes(moved), (1u << 16) - 4096);
  m.remove(memory);
  CHECK_EQ(m.free_bytes(moved), 1u << 16);
}

TEST(deleted_children_go_to_the_grandparent) {
  Machine m;
  const std::uint64_t a = m.make(ObjectType::endpoint);
  const std::uint64_t b = m.copy(a), c = m.copy(b);
  m.remove(b);
  CHECK_EQ(parent_of(m.slot(c)), &m.slot(a));
  CHECK_EQ(m.invoke(m.table_cap, Cap::delete_, {b}).error, Error::stale_handle);
  m.revoke(a);
  CHECK_EQ(m.invoke(c, 1).error, Error::stale_handle);
}

TEST(stale_and_empty_are_told_apart) {
  Machine m;
  const std::uint64_t index = m.free_slot();
  CHECK_EQ(m.invoke(Handle::make(index, 0).value, 1).error, Error::empty_slot);
  CHECK_EQ(m.invoke(Handle::make(index, 7).value, 1).error, Error::stale_handle);
  const std::uint64_t endpoint = m.make(ObjectType::endpoint);
  const std::uint64_t first = m.invoke(m.table_cap, Cap::copy, {endpoint, index, 0xff, 0}).words[0];
  m.remove(first);
  CHECK_EQ(m.invoke(first, 1).error, Error::stale_handle);
  const std::uint64_t second = m.invoke(m.table_cap, Cap::copy, {endpoint, index, 0xff, 0}).words[0];
  CHECK(second != first);
  CHECK_EQ(m.invoke(first, 1).error, Error::stale_handle);
  CHECK(m.invoke(second, abi::EndpointMethod::cancel, {0}).ok());
}

TEST(generation_wraps) {
  Machine m;
  const std::uint64_t index = m.free_slot();
  m.table().slot(index)->generation = ~std::uint32_t{0};
  const std::uint64_t endpoint = m.make(ObjectType::endpoint);
  const std::uint64_t last = m.invoke(m.table_cap, Cap::copy, {endpoint, index, 0xff, 0}).words[0];
  m.remove(last);
  CHECK_EQ(m.table().slot(index)->generation, 0);
}

TEST(nested_handles) {
  Machine m;
  const std::uint64_t table = m.make(ObjectType::cap_table, 4), middle_table = m.make(ObjectType::cap_table, 5);
  const std::uint64_t endpoint = m.make(ObjectType::endpoint);
  const std::uint64_t inner = m.invoke(table, Cap::copy, {endpoint, 3, kAllRights, 0}).words[0];
  CHECK(m.invoke(nested(table, inner), abi::EndpointMethod::cancel, {0}).ok());
  const std::uint64_t middle = m.invoke(middle_table, Cap::copy, {table, 9, kAllRights, 0}).words[0];
  CHECK(m.invoke(nested_twice(middle_table, middle, inner), abi::EndpointMethod::cancel, {0}).ok());
  CHECK_EQ(m.invoke(nested(endpoint, inner), 1).error, Error::bad_path);
  CHECK_EQ(m.invoke(nested(m.free_slot(), inner), 1).error, Error::bad_path);
  CHECK_EQ(m.invoke(nested(table, Handle::make(15, 3).value), 1).error, Error::stale_handle);
  CHECK_EQ(m.invoke(nested(table, Handle::make(15, 0).value), 1).error, Error::empty_slot);
  CHECK_EQ(m.invoke(nested(table, Handle::make(16, 1).value), 1).error, Error::bad_path);
  CHECK_EQ(m.invoke(nested(table, Handle::make(1, 1).value), 1).error, Error::bad_path);
  CHECK_EQ(m.invoke(nested(table, inner) | (3u << 30), 1).error, Error::bad_path);
  CHECK_EQ(m.invoke(Handle::make(m.table().size(), 1).value, 1).error, Error::bad_path);
  // Delete and revoke take handles as the invoked table sees them.
  CHECK(m.invoke(table, Cap::delete_, {inner}).ok());
  CHECK_EQ(m.invoke(nested(table, inner), 1).error, Error::stale_handle);
}

TEST(identify_says_what_a_slot_holds) {
  Machine m;
  const std::uint64_t badged = m.copy(m.make(ObjectType::endpoint), abi::kRightWrite, 99);
  const Outcome found = m.invoke(m.table_cap, Cap::identify, {badged & 0xffff});
  CHECK_EQ(found.words[0], static_cast<std::uint64_t>(ObjectType::endpoint));
  CHECK_EQ(found.words[1], badged);
  CHECK_EQ(found.words[2], abi::kRightWrite);
  CHECK_EQ(found.words[3], 99);
  CHECK_EQ(m.invoke(m.table_cap, Cap::identify, {m.free_slot()}).words[0], 0);
  // A Memory's flags and an Untyped's watermark are nobody's business.
  (void)m.make(ObjectType::endpoint);
  CHECK_EQ(m.invoke(m.table_cap, Cap::identify, {m.untyped_cap & 0xffff}).words[3], 0);
}

TEST(revoke_reaches_everything_in_every_table) {
  for (const unsigned preemptions : {0u, 1u, 5u, 1000u}) {
    Machine m;
    const std::uint64_t table = m.make(ObjectType::cap_table, 9);
    const std::uint64_t endpoint = m.make(ObjectType::endpoint);
    const std::uint64_t mid = m.copy(endpoint, kAllRights, 3);
    for (unsigned i = 2; i < 300; ++i) CHECK(m.invoke(table, Cap::copy, {i % 2 == 0 ? mid : endpoint, i, kAllRights, 0}).ok());
    arch::hosted::interrupt_at_preemption(preemptions);
    m.revoke(endpoint);
    arch::hosted::interrupt_at_preemption(0);
    for (unsigned i = 2; i < 300; ++i) CHECK(m.slot(table).as<CapTable>()->slot(i)->empty());
    CHECK(first_child(m.slot(endpoint)) == nullptr);
    CHECK_EQ(m.slot(endpoint).as<Endpoint>()->header.references, 1);
  }
}

TEST(table_that_contains_itself) {
  Machine m;
  const std::uint64_t whole = m.free_bytes(m.untyped_cap);
  std::uint64_t table = m.make(ObjectType::cap_table, 4);
  const std::uint64_t inside = m.invoke(table, Cap::copy, {table, 5, kAllRights, 0}).words[0];
  CHECK(m.invoke(nested(table, nested(inside, 0)), 1).ended);
  m.remove(table);  // still names itself: alive until revoked from above
  CHECK(m.free_bytes(m.untyped_cap) < whole);
  m.revoke(m.untyped_cap);
  CHECK_EQ(m.free_bytes(m.untyped_cap), whole);
  // Its only capability moved into itself.
  table = m.make(ObjectType::cap_table, 4);
  CHECK(m.invoke(table, Cap::move, {table, 6}).ok());
  m.revoke(m.untyped_cap);
  CHECK_EQ(m.free_bytes(m.untyped_cap), whole);
  // Two that hold each other.
  const std::uint64_t a = m.make(ObjectType::cap_table, 4), b = m.make(ObjectType::cap_table, 4);
  CHECK(m.invoke(a, Cap::copy, {b, 3, kAllRights, 0}).ok());
  CHECK(m.invoke(b, Cap::move, {a, 3}).ok());
  m.revoke(m.untyped_cap);
  CHECK_EQ(m.free_bytes(m.untyped_cap), whole);
}

TEST(chain_of_tables_ends_without_recursion) {
  Machine m;
  std::uint64_t outer = m.make(ObjectType::cap_table, 2);
  const std::uint64_t whole_chain = outer;
  for (unsigned i = 0; i < 200; ++i) {
    const std::uint64_t inner = m.make(ObjectType::cap_table, 2);
    const Outcome moved = m.invoke(outer, Cap::copy, {inner, 2, kAllRights, 0});
    CHECK(moved.ok());
    outer = inner;
  }
  for (std::uint64_t i = whole_chain + 1; i < whole_chain + 201; ++i) m.remove(i);  // each is held by its predecessor only
  arch::hosted::interrupt_at_preemption(50);
  m.remove(whole_chain);
  arch::hosted::interrupt_at_preemption(0);
  CHECK_EQ(m.free_bytes(m.untyped_cap), std::uint64_t{1} << 22);
}

TEST(deleting_ones_own_table) {
  Machine m;
  const Machine::Made made = m.make_thread_with_table();
  const std::uint64_t own = m.invoke(made.table_cap, Cap::copy, {made.table_cap, 5, kAllRights, 0}).words[0];
  // The last but the thread's own capability: the thread goes on.
  m.remove(made.table_cap);
  CHECK(m.call(*made.thread, abi::Call::invoke, own, {own}, static_cast<std::uint32_t>(Cap::delete_)).ended);
  check_invariants(m);
  CHECK_EQ(m.call(*made.thread, abi::Call::invoke, own, {}, 1).error, Error::stale_handle);
  m.remove(made.thread_cap);
  m.revoke(m.untyped_cap);
  CHECK_EQ(m.free_bytes(m.untyped_cap), std::uint64_t{1} << 22);
}

TEST(revoking_ones_own_table_stops_the_thread) {
  Machine m;
  const Machine::Made made = m.make_thread_with_table();
  const std::uint64_t own = m.invoke(made.table_cap, Cap::copy, {m.table_cap, 5, kAllRights, 0}).words[0];
  CHECK(m.call(*made.thread, abi::Call::invoke, own, {made.table_cap}, static_cast<std::uint32_t>(Cap::revoke)).blocked());
  CHECK_EQ(made.thread->state, ThreadState::stopped);
  CHECK(made.thread->table == nullptr);
  CHECK_EQ(m.invoke(made.thread_cap, abi::ThreadMethod::resume).error, Error::not_configured);
}

// A thread that revokes what it is made of goes in the middle: the revoke is finished all the same.
TEST(revoking_ones_own_origin_completes) {
  for (const unsigned preemptions : {0u, 3u}) {
    Machine m;
    const std::uint64_t first = m.make(ObjectType::memory, 12);
    const Machine::Made made = m.make_thread_with_table();
    const std::uint64_t last = m.make(ObjectType::endpoint);
    const std::uint64_t own = m.invoke(made.table_cap, Cap::copy, {m.table_cap, 5, kAllRights, 0}).words[0];
    arch::hosted::interrupt_at_preemption(preemptions);
    CHECK(m.call(*made.thread, abi::Call::invoke, own, {m.untyped_cap}, static_cast<std::uint32_t>(Cap::revoke)).blocked());
    arch::hosted::interrupt_at_preemption(0);
    CHECK_EQ(m.invoke(first, 1).error, Error::stale_handle);
    CHECK_EQ(m.invoke(last, 1).error, Error::stale_handle);
    CHECK_EQ(m.free_bytes(m.untyped_cap), std::uint64_t{1} << 22);
  }
}

// The capability called by stays, but not the way to it.
TEST(revoking_a_table_on_the_way_completes) {
  for (const unsigned preemptions : {0u, 1u, 1000u}) {
    Machine m;
    const Machine::Made made = m.make_thread_with_table();
    const std::uint64_t between = m.make(ObjectType::cap_table, 4);
    const std::uint64_t last = m.copy(between);
    CHECK(m.invoke(between, Cap::copy, {m.table_cap, 3, kAllRights, 0}).ok());
    // Newest first: the way goes, then the rest.
    const std::uint64_t way = m.invoke(made.table_cap, Cap::copy, {between, 5, kAllRights, 0}).words[0];
    arch::hosted::interrupt_at_preemption(preemptions);
    CHECK(m.invoke(*made.thread, nested(way, Handle::make(3, 0).value), Cap::revoke, {between}).ok());
    arch::hosted::interrupt_at_preemption(0);
    CHECK_EQ(m.invoke(last, 1).error, Error::stale_handle);
    CHECK(m.slot(between).type == ObjectType::cap_table);
  }
}

// Two threads revoke and delete the same things, each preempted at every step.
TEST(two_revokes_at_once) {
  Machine m;
  const std::uint64_t outer = m.make(ObjectType::untyped, 18);
  for (unsigned i = 0; i < 4; ++i) {
    const std::uint64_t table = m.make(ObjectType::cap_table, 6, 1, outer);
    CHECK(m.invoke(table, Cap::copy, {table, 9, kAllRights, 0}).ok());
    (void)m.make(ObjectType::address_space, 0, 1, outer);
    (void)m.make(ObjectType::endpoint, 0, 3, outer);
  }
  const std::array<std::uint64_t, 1> all{m.untyped_cap}, part{outer};
  arch::hosted::interrupt_at_preemption(100000);
  const auto revoke = static_cast<std::uint32_t>(Cap::revoke);
  bool a = m.enter(m.thread(1), abi::Call::invoke, m.table_cap, part, 1, revoke, 0, 0);
  bool b = m.enter(m.thread(2), abi::Call::invoke, m.table_cap, all, 1, revoke, 0, 0);
  for (unsigned i = 0; (a || b) && i < 10000; ++i) {
    check_invariants(m);
    if (a) a = m.enter_again(m.thread(1));
    if (b) b = m.enter_again(m.thread(2));
  }
  arch::hosted::interrupt_at_preemption(0);
  CHECK(!a && !b);
  CHECK_EQ(read_outcome(m.thread(1)).error, Error::ok);
  CHECK_EQ(read_outcome(m.thread(2)).error, Error::ok);
  CHECK_EQ(m.free_bytes(m.untyped_cap), std::uint64_t{1} << 22);
}

}  // namespace tessera::nucleus::test
