// SPDX-License-Identifier: Apache-2.0
// Ends that take many steps or find their object in use: big tables, spaces with many
// page tables, guests, and threads that are in them.
#include "kernel/ipc/calls.hpp"
#include "kernel/object/derivation.hpp"
#include "tests/support/check.hpp"
#include "tests/unit/kernel/fixture/page_walk.hpp"
#include "tests/unit/kernel/fixture/tenants.hpp"

namespace tessera::nucleus::test {

using Cap = abi::CapTableMethod;
using Ns = abi::NamespaceMethod;
using Space = abi::AddressSpaceMethod;

namespace {

constexpr std::uint64_t kAt = 0x4000'0000, kLarge = 2 << 20;

// A namespace with a host space and a guest of it, each with page tables in plenty.
struct Spaces : Machine {
  Spaces() : Machine({.untyped_bits = 24, .pool_pages = 32}), space_of_both(make(ObjectType::namespace_)), host(make(ObjectType::address_space)),
             guest(make(ObjectType::address_space)), page(make(ObjectType::memory, 12)) {
    for (const std::uint64_t made : {host, guest}) {
      CHECK(invoke(space_of_both, Ns::adopt, {made}).ok());
      CHECK(invoke(made, Space::donate, {make(ObjectType::untyped, 19)}).ok());
    }
    const std::uint64_t number = invoke(host, Space::attach, {page, 0xff}).words[0];
    CHECK(invoke(guest, Space::bind_host, {host, 0}).ok());
    for (const std::uint64_t made : {host, guest}) {
      for (unsigned i = 0; i < kTables; ++i) CHECK(invoke(made, Space::map, {kAt + i * kLarge, number, 0, 1, abi::kRightRead}).ok());
    }
  }
  static constexpr unsigned kTables = 90;  // a step gives 64 back
  std::uint64_t space_of_both, host, guest, page;
  AddressSpace& at(std::uint64_t cap) { return *slot(cap).as<AddressSpace>(); }
  // As after guest_run: the thread's native side runs in the guest's space, too.
  void enter_guest(Thread& thread, bool in_guest) {
    thread.set_guest_space(&at(guest));
    thread.in_guest = in_guest;
  }
};

}  // namespace

TEST(a_host_and_its_guests_end_with_their_namespace) {
  for (const unsigned preemptions : {0u, 1u, 1000u}) {
    Spaces m;
    arch::hosted::interrupt_at_preemption(preemptions);
    CHECK(m.invoke(m.space_of_both, Ns::destroy).ok());
    arch::hosted::interrupt_at_preemption(0);
    for (const std::uint64_t made : {m.host, m.guest}) {
      CHECK_EQ(m.at(made).pool().used(), 0);
      CHECK(!mapping_of(m.at(made), kAt));
      CHECK(m.at(made).member_of == &m.root());
    }
    CHECK(m.at(m.guest).host() == nullptr);
    CHECK_EQ(m.invoke(m.host, Space::attach, {m.page, 0xff}).error, Error::busy);
    CHECK(first_child(m.slot(m.page)) == nullptr);
    check_invariants(m);
  }
}

TEST(a_space_with_many_tables_ends_in_steps) {
  for (const unsigned preemptions : {0u, 1000u}) {
    Spaces m;
    arch::hosted::interrupt_at_preemption(preemptions);
    m.remove(m.guest);
    m.remove(m.host);
    arch::hosted::interrupt_at_preemption(0);
    CHECK(first_child(m.slot(m.page)) == nullptr);
    check_invariants(m);
  }
}

TEST(a_big_table_is_emptied_with_its_namespace) {
  for (const unsigned preemptions : {0u, 1000u}) {
    Machine m;
    const std::uint64_t space = m.make(ObjectType::namespace_), table = m.make(ObjectType::cap_table, 12), endpoint = m.make(ObjectType::endpoint);
    CHECK(m.invoke(space, Ns::adopt, {table}).ok());
    for (const std::uint64_t index : {100u, 4095u}) CHECK(m.invoke(table, Cap::copy, {endpoint, index, kAllRights, 0}).ok());
    arch::hosted::interrupt_at_preemption(preemptions);
    CHECK(m.invoke(space, Ns::destroy).ok());
    arch::hosted::interrupt_at_preemption(0);
    CHECK(first_child(m.slot(endpoint)) == nullptr);
    CHECK(m.slot(table).as<CapTable>()->member_of == &m.root());
  }
}

// No thread stays in a guest that ends: its guest_run is cancelled and its native side
// goes on in its own space.
TEST(threads_leave_a_guest_that_ends) {
  for (unsigned how = 0; how < 3; ++how) {
    Spaces m;
    Thread& inside = m.thread(1);
    Thread& native = m.thread(2);
    m.enter_guest(inside, true);
    m.run(native);
    m.enter_guest(native, false);
    arch::activate(native);
    CHECK_EQ(arch::current_root(), m.at(m.guest).host_root());
    inside.frame.set_result(Error::ok);
    const AddressSpace* guest = &m.at(m.guest);
    if (how == 0) CHECK(m.invoke(native, m.table_cap, Cap::delete_, {m.guest}).ok());
    if (how == 1) CHECK(m.invoke(native, m.table_cap, Cap::revoke, {m.host}).ok());
    if (how == 2) CHECK(m.invoke(native, m.space_of_both, Ns::destroy).ok());
    CHECK(!inside.in_guest && inside.guest_space == nullptr && native.guest_space == nullptr);
    CHECK_EQ(read_outcome(inside).error, Error::cancelled);
    CHECK_EQ(inside.state, ThreadState::ready);
    CHECK(inside.resume == arch::Resume::call);
    CHECK_EQ(arch::current_root(), m.space().host_root());
    if (how != 0) CHECK(guest->views.empty());
    check_invariants(m);
  }
}

// One thread's guest changes, and it ends while it has one.
TEST(a_guest_outlives_its_threads) {
  Spaces m;
  const Machine::Made made = m.make_thread_with_table();
  m.enter_guest(*made.thread, true);
  m.enter_guest(m.thread(1), true);
  m.remove(made.thread_cap);
  CHECK(m.at(m.guest).views.front() == &m.thread(1));
  const std::uint64_t other = m.make(ObjectType::address_space);
  m.thread(1).set_guest_space(&m.at(other));
  CHECK(m.at(m.guest).views.empty());
  m.thread(1).set_guest_space(&m.at(other));
  m.thread(1).in_guest = false;
  m.remove(other);
  CHECK(m.thread(1).guest_space == nullptr);
}

TEST(a_big_table_ends_in_steps) {
  for (const unsigned preemptions : {0u, 1000u}) {
    Machine m;
    const std::uint64_t table = m.make(ObjectType::cap_table, 12), endpoint = m.make(ObjectType::endpoint);
    for (const std::uint64_t index : {2u, 255u, 256u, 4095u}) CHECK(m.invoke(table, Cap::copy, {endpoint, index, kAllRights, 0}).ok());
    arch::hosted::interrupt_at_preemption(preemptions);
    m.remove(table);
    arch::hosted::interrupt_at_preemption(0);
    CHECK(first_child(m.slot(endpoint)) == nullptr);
  }
}

// A table of its Untyped's is revoked with the capability that the call names.
TEST(a_revoke_goes_on_when_its_capability_is_gone) {
  for (const unsigned preemptions : {0u, 1u, 1000u}) {
    Machine m;
    const std::uint64_t untyped = m.make(ObjectType::untyped, 18), table = m.make(ObjectType::cap_table, 9, 1, untyped);
    for (unsigned i = 0; i < 20; ++i) (void)m.make(ObjectType::endpoint, 0, 1, untyped);
    const std::uint64_t inside = m.invoke(table, Cap::move, {untyped, 300}).words[0];
    const std::uint64_t keep = m.copy(table);
    arch::hosted::interrupt_at_preemption(preemptions);
    CHECK(m.invoke(table, Cap::revoke, {inside}).ok());
    arch::hosted::interrupt_at_preemption(0);
    CHECK_EQ(m.invoke(keep, 1).error, Error::stale_handle);
    CHECK_EQ(m.free_bytes(m.untyped_cap), std::uint64_t{1} << 22);
  }
}

TEST(two_threads_destroy_one_namespace) {
  Machine m;
  Tenants t(m);
  for (std::uint64_t i = 20; i < 60; ++i) CHECK(m.invoke(t.a.table_cap, Cap::copy, {m.log_cap, i, kAllRights, 0}).ok());
  const auto destroy = static_cast<std::uint32_t>(Ns::destroy);
  arch::hosted::interrupt_at_preemption(1);
  CHECK(m.enter(m.thread(1), abi::Call::invoke, t.a.space_cap, {}, 0, destroy, 0, 0));
  CHECK(m.invoke(m.thread(2), t.a.space_cap, Ns::destroy).ok());
  CHECK(!m.enter_again(m.thread(1)));
  CHECK(read_outcome(m.thread(1)).ok());
  for (const std::uint64_t used : t.a.space->used) CHECK_EQ(used, 0);
}

// The last capability to one's own namespace, in one's own table; and revoking what one's own was derived from.
TEST(ending_and_revoking_the_namespace_one_runs_in) {
  for (const unsigned preemptions : {0u, 3u, 1000u}) {
    Machine m;
    Tenants t(m);
    const std::uint64_t copy = m.invoke(t.a.table_cap, Cap::copy, {t.a.space_cap, 20, kAllRights, 0}).words[0];
    arch::hosted::interrupt_at_preemption(preemptions);
    CHECK(m.call(*t.a.thread, abi::Call::invoke, t.a.own_table, {copy}, static_cast<std::uint32_t>(Cap::revoke)).ok());
    m.revoke(t.a.space_cap);
    arch::hosted::interrupt_at_preemption(0);
    CHECK(t.a.table->slot(20)->empty());
    CHECK_EQ(t.a.thread->state, ThreadState::ready);  // it lost a capability, not its life
    const std::uint64_t last = m.invoke(t.a.table_cap, Cap::move, {t.a.space_cap, 21}).words[0];
    const std::uint64_t spaces = m.root().used[3];
    arch::hosted::interrupt_at_preemption(preemptions);
    CHECK(m.call(*t.a.thread, abi::Call::invoke, t.a.own_table, {last}, static_cast<std::uint32_t>(Cap::delete_)).blocked());
    arch::hosted::interrupt_at_preemption(0);
    CHECK_EQ(t.a.thread->state, ThreadState::stopped);
    CHECK_EQ(m.root().used[3], spaces - 1);
    CHECK(t.a.thread->member_of == &m.root() && t.a.table->member_of == &m.root());
    check_invariants(m);
  }
}

// A fault that waits for its handler stays a stopped thread when its way there is taken.
TEST(a_queued_fault_ends_when_its_capability_is_revoked) {
  Machine m;
  const std::uint64_t endpoint = m.make(ObjectType::endpoint);
  CHECK(m.invoke(m.thread_caps[1], abi::ThreadMethod::suspend).ok());
  CHECK(m.invoke(m.thread_caps[1], abi::ThreadMethod::configure, {0, 0, 0, 0, endpoint}).ok());
  CHECK(m.invoke(m.thread_caps[1], abi::ThreadMethod::resume).ok());
  m.run(m.thread(1));
  {
    const Holding hold(object_lock);
    deliver_fault(m.thread(1), 14, 6, 0x1234);
    schedule();
  }
  CHECK_EQ(m.thread(1).state, ThreadState::sending);
  m.revoke(endpoint);
  CHECK_EQ(m.thread(1).state, ThreadState::stopped);
  CHECK(m.thread(1).fault_slot.empty());
  check_invariants(m);
}

// Capabilities that the machine began with, derived from nothing.
TEST(what_has_no_parent_can_be_deleted) {
  Machine m;
  const std::uint64_t child = m.copy(m.log_cap);
  m.remove(m.log_cap);
  CHECK(parent_of(m.slot(child)) == nullptr);
  CHECK(m.invoke(child, abi::LogMethod::write, {1}).ok());
  m.remove(child);
}

}  // namespace tessera::nucleus::test
