// SPDX-License-Identifier: Apache-2.0
// Untyped: sizes, counts, all or nothing, and memory that comes back clean.
#include <algorithm>

#include "tests/support/check.hpp"
#include "tests/unit/kernel/fixture/live.hpp"

namespace tessera::nucleus::test {

static Outcome retype(Machine& m, ObjectType type, std::uint64_t bits, std::uint64_t count, std::uint64_t first) {
  return m.invoke(m.untyped_cap, abi::UntypedMethod::retype,
                  {static_cast<std::uint64_t>(type), bits, count, m.table_cap, first});
}

TEST(untyped_makes_one_of_each) {
  Machine m;
  for (const ObjectType type : {ObjectType::thread, ObjectType::budget, ObjectType::address_space, ObjectType::endpoint,
                                ObjectType::reply, ObjectType::notification, ObjectType::timer}) {
    const std::uint64_t handle = m.make(type);
    CHECK_EQ(m.slot(handle).type, type);
    CHECK_EQ(parent_of(m.slot(handle)), &m.slot(m.untyped_cap));
  }
  CHECK_EQ(m.slot(m.make(ObjectType::cap_table, 4)).size_bits, 4);
  CHECK_EQ(m.slot(m.make(ObjectType::memory, 14)).extra, 1 << 14);
  CHECK_EQ(m.slot(m.make(ObjectType::untyped, 13)).size_bits, 13);
}

TEST(untyped_checks_arguments) {
  Machine m;
  const std::uint64_t at = m.free_slot(4);
  CHECK_EQ(retype(m, ObjectType::none, 0, 1, at).error, Error::bad_argument);
  CHECK_EQ(retype(m, ObjectType::machine, 0, 1, at).error, Error::bad_argument);
  CHECK_EQ(retype(m, ObjectType::log, 0, 1, at).error, Error::bad_argument);
  CHECK_EQ(retype(m, ObjectType::io_ports, 0, 1, at).error, Error::bad_argument);
  CHECK_EQ(retype(m, static_cast<ObjectType>(200), 0, 1, at).error, Error::bad_argument);
  CHECK_EQ(retype(m, ObjectType::endpoint, 0, 0, at).error, Error::bad_argument);
  CHECK_EQ(retype(m, ObjectType::endpoint, 0, 257, at).error, Error::bad_argument);
  CHECK_EQ(retype(m, ObjectType::memory, 11, 1, at).error, Error::bad_argument);
  CHECK_EQ(retype(m, ObjectType::memory, 48, 1, at).error, Error::bad_argument);
  CHECK_EQ(retype(m, ObjectType::memory, 47, 256, at).error, Error::no_memory);
  CHECK_EQ(retype(m, ObjectType::cap_table, 1, 1, at).error, Error::bad_argument);
  CHECK_EQ(retype(m, ObjectType::cap_table, 21, 1, at).error, Error::bad_argument);
  CHECK_EQ(retype(m, ObjectType::endpoint, 0, 1, 0).error, Error::bad_argument);   // the table's own slots
  CHECK_EQ(retype(m, ObjectType::endpoint, 0, 1, 1).error, Error::bad_argument);
  CHECK_EQ(retype(m, ObjectType::endpoint, 0, 1, m.table().size()).error, Error::bad_argument);
  CHECK_EQ(retype(m, ObjectType::endpoint, 0, 2, m.table().size() - 1).error, Error::bad_argument);
  CHECK_EQ(retype(m, ObjectType::endpoint, 0, 256, ~std::uint64_t{0} - 2).error, Error::bad_argument);
  CHECK_EQ(m.invoke(m.untyped_cap, 77).error, Error::bad_call);
  CHECK_EQ(m.invoke(m.untyped_cap, abi::UntypedMethod::retype, {7, 0, 1, m.untyped_cap, at}).error, Error::wrong_type);
  CHECK_EQ(m.free_bytes(m.untyped_cap), std::uint64_t{1} << 22);
}

// An Interrupt that no Machine made would be for line 0, whoever that belongs to.
TEST(untyped_makes_no_interrupts) {
  Machine m;
  const std::uint64_t at = m.free_slot();
  CHECK_EQ(retype(m, ObjectType::interrupt, 0, 1, at).error, Error::bad_argument);
  CHECK(m.table().slot(at)->empty());
}

TEST(untyped_is_all_or_nothing) {
  Machine m;
  const std::uint64_t first = m.free_slot(4);
  CHECK(retype(m, ObjectType::endpoint, 0, 1, first + 2).ok());
  const std::uint64_t before = m.free_bytes(m.untyped_cap);
  CHECK_EQ(retype(m, ObjectType::endpoint, 0, 4, first).error, Error::slot_occupied);
  CHECK(m.table().slot(first)->empty() && m.table().slot(first + 1)->empty() && m.table().slot(first + 3)->empty());
  CHECK_EQ(m.free_bytes(m.untyped_cap), before);
  const std::uint64_t other = m.free_slot(8);
  CHECK_EQ(retype(m, ObjectType::memory, 20, 4, other).error, Error::no_memory);  // one block less: it must be aligned
  for (unsigned i = 0; i < 8; ++i) CHECK(m.table().slot(other + i)->empty());
  CHECK_EQ(m.free_bytes(m.untyped_cap), before);
}

TEST(untyped_makes_256_at_once) {
  Machine m;
  const std::uint64_t first = m.free_slot(256);
  const Outcome made = retype(m, ObjectType::endpoint, 0, 256, first);
  CHECK(made.ok());
  CHECK_EQ(made.words[0], Handle::make(first, 0).value);
  for (unsigned i = 0; i < 256; ++i) CHECK_EQ(m.table().slot(first + i)->object, m.slot(m.untyped_cap).object + i * 64);
  CHECK_EQ(m.free_bytes(m.untyped_cap), (std::uint64_t{1} << 22) - 256 * 64);
}

TEST(untyped_memory_returns_with_the_last_child) {
  Machine m;
  const std::uint64_t whole = m.free_bytes(m.untyped_cap);
  const std::uint64_t a = m.make(ObjectType::endpoint), b = m.make(ObjectType::memory, 16);
  const std::uint64_t copy = m.copy(a);
  m.remove(a);
  m.remove(b);
  CHECK(m.free_bytes(m.untyped_cap) < whole);  // the copy hangs under the Untyped now
  m.remove(copy);
  CHECK_EQ(m.free_bytes(m.untyped_cap), whole);
}

TEST(untyped_can_be_used_up_and_revoked) {
  Machine m;
  for (unsigned round = 0; round < 3; ++round) {
    const std::uint64_t whole = m.make(ObjectType::memory, 22);
    CHECK_EQ(m.free_bytes(m.untyped_cap), 0);
    CHECK_EQ(retype(m, ObjectType::endpoint, 0, 1, m.free_slot()).error, Error::no_memory);
    m.revoke(m.untyped_cap);
    CHECK_EQ(m.invoke(whole, abi::MemoryMethod::info).error, Error::stale_handle);
    CHECK_EQ(m.free_bytes(m.untyped_cap), std::uint64_t{1} << 22);
  }
}

TEST(untyped_reused_memory_is_zero) {
  Machine m;
  const std::uint64_t memory = m.make(ObjectType::memory, 16);
  const std::span<std::byte> bytes = direct_span<std::byte>(PhysAddr{m.slot(memory).object}, 1 << 16);
  std::ranges::fill(bytes, std::byte{0xa5});
  m.remove(memory);
  // By way of a smaller Untyped, which is not zeroed itself.
  const std::uint64_t inner = m.make(ObjectType::untyped, 16);
  const std::uint64_t again = m.make(ObjectType::memory, 16, 1, inner);
  CHECK_EQ(m.slot(again).object, physical(bytes.data()).value);
  CHECK(std::ranges::all_of(bytes, [](std::byte byte) { return byte == std::byte{0}; }));
}

TEST(untyped_new_table_is_empty_in_dirty_memory) {
  Machine m;
  const std::uint64_t memory = m.make(ObjectType::memory, 16);
  std::ranges::fill(direct_span<std::byte>(PhysAddr{m.slot(memory).object}, 1 << 16), std::byte{0x01});
  m.remove(memory);
  const std::uint64_t table = m.make(ObjectType::cap_table, 4);
  for (unsigned i = 2; i < 16; ++i) CHECK(m.slot(table).as<CapTable>()->slot(i)->empty());
}

TEST(untyped_makes_a_big_table_in_steps) {
  Machine m;
  const std::uint64_t dirty = m.make(ObjectType::memory, 20);
  std::ranges::fill(direct_span<std::byte>(PhysAddr{m.slot(dirty).object}, 1 << 20), std::byte{0x33});
  m.remove(dirty);
  arch::hosted::interrupt_at_preemption(3);
  const std::uint64_t table = m.make(ObjectType::cap_table, 12);
  arch::hosted::interrupt_at_preemption(0);
  for (unsigned i = 2; i < 4096; ++i) CHECK(m.slot(table).as<CapTable>()->slot(i)->empty());
}

// What another thread does to the memory while a retype is preempted half way
// through zeroing it must not be left in the object.
TEST(untyped_zeroing_starts_over_when_memory_was_used_meanwhile) {
  Machine m;
  const std::uint64_t dirty = m.make(ObjectType::memory, 20);
  m.remove(dirty);
  arch::hosted::interrupt_at_preemption(1);
  const std::uint64_t at = m.free_slot(), other = m.free_slot();
  const std::array<std::uint64_t, 5> words{static_cast<std::uint64_t>(ObjectType::memory), 20, 1, m.table_cap, at};
  CHECK(m.enter(m.thread(1), abi::Call::invoke, m.untyped_cap, words, 5, 1, 0, 0));
  // Thread 0 takes the same memory, leaves something in it and gives it back.
  CHECK(retype(m, ObjectType::memory, 20, 1, other).ok());
  const std::span<std::byte> bytes = direct_span<std::byte>(PhysAddr{m.table().slot(other)->object}, 1 << 20);
  std::ranges::fill(bytes, std::byte{0x5a});
  m.revoke(m.untyped_cap);
  while (m.enter_again(m.thread(1))) {}
  CHECK_EQ(read_outcome(m.thread(1)).error, Error::ok);
  CHECK_EQ(m.table().slot(at)->object, physical(bytes.data()).value);
  CHECK(std::ranges::all_of(bytes, [](std::byte byte) { return byte == std::byte{0}; }));
}

TEST(untyped_needs_the_manage_right) {
  Machine m;
  m.slot(m.untyped_cap).rights = abi::kRightRead | abi::kRightWrite;
  CHECK_EQ(retype(m, ObjectType::endpoint, 0, 1, m.free_slot()).error, Error::no_right);
  CHECK(m.invoke(m.untyped_cap, abi::UntypedMethod::info).ok());
}

}  // namespace tessera::nucleus::test
