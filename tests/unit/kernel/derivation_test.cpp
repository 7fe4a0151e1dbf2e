// SPDX-License-Identifier: Apache-2.0
// The derivation tree: what delete, revoke, move and swap leave of it; Untypeds that
// end, also inside what was made from them.
#include "kernel/object/derivation.hpp"
#include "tests/support/check.hpp"
#include "tests/unit/kernel/fixture/invariants.hpp"

namespace tessera::nucleus::test {

using Cap = abi::CapTableMethod;

// A younger sibling in front must not become the parent of what the elder leaves.
TEST(orphans_go_to_the_parent_not_to_a_sibling) {
  Machine m;
  const std::uint64_t parent = m.make(ObjectType::endpoint);
  const std::uint64_t elder = m.copy(parent), child = m.copy(elder), grandchild = m.copy(child);
  const std::uint64_t younger = m.copy(parent);
  m.remove(elder);
  CHECK_EQ(parent_of(m.slot(child)), &m.slot(parent));
  CHECK_EQ(parent_of(m.slot(grandchild)), &m.slot(child));
  m.revoke(younger);
  CHECK(m.invoke(child, abi::EndpointMethod::cancel, {0}).ok());
  m.remove(child);
  CHECK_EQ(parent_of(m.slot(grandchild)), &m.slot(parent));
}

TEST(swap_changes_places_in_the_table_only) {
  Machine m;
  const std::uint64_t a = m.make(ObjectType::endpoint), b = m.copy(a), c = m.copy(b);
  Slot& place_b = m.slot(b);
  Slot& place_c = m.slot(c);
  const Outcome done = m.invoke(m.table_cap, Cap::swap, {b, c & 0xffff});
  CHECK(done.ok());
  CHECK_EQ(m.invoke(b, 1).error, Error::stale_handle);
  CHECK_EQ(m.invoke(c, 1).error, Error::stale_handle);
  CHECK_EQ(&m.slot(done.words[0]), &place_c);
  CHECK_EQ(parent_of(place_c), &m.slot(a));  // what was b
  CHECK_EQ(parent_of(place_b), &place_c);
  check_invariants(m);
  CHECK_EQ(m.invoke(m.table_cap, Cap::swap, {a, m.free_slot()}).error, Error::empty_slot);
  CHECK_EQ(m.invoke(m.table_cap, Cap::swap, {a, 1}).error, Error::bad_argument);
  CHECK_EQ(m.invoke(m.table_cap, Cap::swap, {b, 70}).error, Error::stale_handle);
  CHECK(m.invoke(m.table_cap, Cap::swap, {a, a & 0xffff}).ok());  // with itself
  CHECK_EQ(m.invoke(m.copy(m.table_cap, abi::kRightRead), Cap::swap, {a, 70}).error, Error::no_right);
}

TEST(deleting_an_untyped_revokes_it) {
  for (const unsigned preemptions : {0u, 3u, 1000u}) {
    Machine m;
    const std::uint64_t outer = m.make(ObjectType::untyped, 18), inner = m.make(ObjectType::untyped, 16, 1, outer);
    const std::uint64_t memory = m.make(ObjectType::memory, 12, 1, inner), endpoint = m.make(ObjectType::endpoint, 0, 1, outer);
    const std::uint64_t copy = m.copy(endpoint);
    arch::hosted::interrupt_at_preemption(preemptions);
    m.remove(outer);
    arch::hosted::interrupt_at_preemption(0);
    for (const std::uint64_t gone : {outer, inner, memory, endpoint, copy}) CHECK_EQ(m.invoke(gone, 1).error, Error::stale_handle);
    CHECK_EQ(m.free_bytes(m.untyped_cap), std::uint64_t{1} << 22);
  }
}

// Tables that hold the Untyped they were made from, alone and crosswise, and end by
// their last capability or by a delete of the Untyped.
TEST(untypeds_in_tables_made_from_them) {
  Machine m;
  const auto into = [&](std::uint64_t table, std::uint64_t untyped) {
    return m.invoke(table, Cap::move, {untyped, 2}).words[0];
  };
  {
    const std::uint64_t untyped = m.make(ObjectType::untyped, 14), table = m.make(ObjectType::cap_table, 4, 1, untyped);
    (void)into(table, untyped);
    m.remove(table);
    CHECK_EQ(m.free_bytes(m.untyped_cap), std::uint64_t{1} << 22);
  }
  {
    const std::uint64_t untyped = m.make(ObjectType::untyped, 14), table = m.make(ObjectType::cap_table, 4, 1, untyped);
    const std::uint64_t inside = into(table, untyped);
    CHECK(m.invoke(table, Cap::delete_, {inside}).ok());
    CHECK_EQ(m.invoke(table, 1).error, Error::stale_handle);
    CHECK_EQ(m.free_bytes(m.untyped_cap), std::uint64_t{1} << 22);
  }
  {
    const std::uint64_t a = m.make(ObjectType::untyped, 14), b = m.make(ObjectType::untyped, 14);
    const std::uint64_t from_a = m.make(ObjectType::cap_table, 4, 1, a), from_b = m.make(ObjectType::cap_table, 4, 1, b);
    (void)into(from_a, b);
    (void)into(from_b, a);
    m.remove(from_a);
    check_invariants(m);
    CHECK_EQ(m.invoke(from_b, 1).error, Error::stale_handle);
    CHECK_EQ(m.free_bytes(m.untyped_cap), std::uint64_t{1} << 22);
  }
}

// The table invoked may be named by way of others.
TEST(delete_revoke_identify_and_move_at_depth) {
  Machine m;
  const std::uint64_t outer = m.make(ObjectType::cap_table, 4), table = m.make(ObjectType::cap_table, 4);
  const std::uint64_t middle = m.invoke(outer, Cap::copy, {table, 3, kAllRights, 0}).words[0];
  const std::uint64_t path = (middle & ~std::uint64_t{0xffff'ffff}) | (1u << 30) | ((outer & 0x7fff) << 15) | (middle & 0x7fff);
  const std::uint64_t endpoint = m.make(ObjectType::endpoint);
  const std::uint64_t first = m.invoke(path, Cap::copy, {endpoint, 5, kAllRights, 0}).words[0];
  CHECK_EQ(m.invoke(path, Cap::identify, {5}).words[1], first);
  const std::uint64_t first_path = (first & ~std::uint64_t{0xffff'ffff}) | (1u << 30) | ((table & 0x7fff) << 15) | (first & 0x7fff);
  CHECK(m.invoke(path, Cap::copy, {first_path, 6, kAllRights, 0}).ok());
  CHECK(m.invoke(path, Cap::revoke, {first}).ok());
  CHECK_EQ(m.invoke(path, Cap::identify, {6}).words[0], 0);
  const Outcome moved = m.invoke(path, Cap::move, {first_path, 9});
  CHECK(moved.ok());
  CHECK(m.invoke(path, Cap::delete_, {moved.words[0]}).ok());
  CHECK_EQ(m.invoke(path, Cap::identify, {9}).words[0], 0);
  CHECK_EQ(m.invoke(path, Cap::delete_, {moved.words[0]}).error, Error::stale_handle);
}

// Revoking one's own thread ends the caller and finishes.
TEST(revoking_ones_own_thread) {
  Machine m;
  const Machine::Made made = m.make_thread_with_table();
  const std::uint64_t copy = m.copy(made.thread_cap);
  const std::uint64_t own = m.invoke(made.table_cap, Cap::copy, {m.table_cap, 5, kAllRights, 0}).words[0];
  CHECK(m.call(*made.thread, abi::Call::invoke, own, {made.thread_cap}, static_cast<std::uint32_t>(Cap::revoke)).ok());
  CHECK_EQ(m.invoke(copy, 1).error, Error::stale_handle);
  CHECK(m.call(*made.thread, abi::Call::invoke, own, {made.thread_cap}, static_cast<std::uint32_t>(Cap::delete_)).blocked());
  CHECK_EQ(m.invoke(made.thread_cap, 1).error, Error::stale_handle);
}

}  // namespace tessera::nucleus::test
