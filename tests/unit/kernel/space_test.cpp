// SPDX-License-Identifier: Apache-2.0
// AddressSpace and Memory: mapping, large pages, attachments and what sweeps them.
#include "kernel/object/derivation.hpp"
#include "tests/support/check.hpp"
#include "tests/unit/kernel/fixture/invariants.hpp"
#include "tests/unit/kernel/fixture/page_walk.hpp"

namespace tessera::nucleus::test {

using Method = abi::AddressSpaceMethod;
static constexpr std::uint64_t kAt = 0x4000'0000;  // in the guest's half, on a 2 MiB border
static constexpr std::uint64_t kLarge = 2 << 20;
static constexpr std::uint8_t kR = abi::kRightRead, kW = abi::kRightWrite, kX = abi::kRightExecute;

// A machine with an 8 MiB Memory attached to its space.
struct Mapped : Machine {
  explicit Mapped(std::uint8_t rights = 0xff, unsigned pool = 32) : Machine({.untyped_bits = 24, .pool_pages = pool}) {
    memory = make(ObjectType::memory, 23);
    number = attach(space_cap, memory, rights);
  }
  std::uint64_t memory = 0, number = 0;

  std::uint64_t attach(std::uint64_t to, std::uint64_t what, std::uint8_t rights = 0xff) {
    const Outcome done = invoke(to, Method::attach, {what, rights});
    CHECK_EQ(done.error, Error::ok);
    return done.words[0];
  }
  Outcome map(std::uint64_t address, std::uint64_t offset, std::uint64_t pages, std::uint8_t rights = kR | kW) {
    return invoke(space_cap, Method::map, {address, number, offset, pages, rights});
  }
  std::uint64_t frame(std::uint64_t offset) { return slot(memory).object + offset; }
  std::uint64_t new_guest(std::uint64_t view = 0) {
    const std::uint64_t guest = make(ObjectType::address_space), pool = make(ObjectType::untyped, 17);
    CHECK(invoke(guest, Method::donate, {pool}).ok());
    CHECK(invoke(guest, Method::bind_host, {space_cap, view}).ok());
    return guest;
  }
  AddressSpace& at(std::uint64_t cap) { return *slot(cap).as<AddressSpace>(); }
};

TEST(map_and_unmap) {
  Mapped m;
  CHECK_EQ(m.map(kAt, 0x3000, 5).words[0], 5);
  for (unsigned i = 0; i < 5; ++i) {
    const auto page = mapping_of(m.space(), kAt + i * kPageBytes);
    CHECK(page.has_value());
    CHECK_EQ(page->frame(), m.frame(0x3000 + i * kPageBytes));
    CHECK_EQ(page->rights(), kR | kW);
  }
  CHECK(!mapping_of(m.space(), kAt + 5 * kPageBytes));
  CHECK(m.map(kHalf + kAt, 0, 1, kR | kX).ok());
  CHECK_EQ(m.map(kAt + 4 * kPageBytes, 0, 1).error, Error::already_mapped);
  CHECK(m.invoke(m.space_cap, Method::unmap, {kAt + kPageBytes, 2}).ok());
  CHECK(mapping_of(m.space(), kAt) && !mapping_of(m.space(), kAt + kPageBytes) && !mapping_of(m.space(), kAt + 2 * kPageBytes) &&
        mapping_of(m.space(), kAt + 3 * kPageBytes));
  CHECK(m.invoke(m.space_cap, Method::unmap, {0, abi::kGuestLimit / kPageBytes}).ok());
  CHECK(!mapping_of(m.space(), kAt));
  CHECK(mapping_of(m.space(), kHalf + kAt).has_value());
}

TEST(map_checks) {
  Mapped m;
  CHECK_EQ(m.map(kAt + 1, 0, 1).error, Error::bad_argument);
  CHECK_EQ(m.map(kAt, 5, 1).error, Error::bad_argument);
  CHECK_EQ(m.map(0, 0, 1).error, Error::bad_argument);  // null pointers fault
  CHECK_EQ(m.map(0xf000, 0, 1).error, Error::bad_argument);
  CHECK_EQ(m.map(kAt, 0, 0).error, Error::bad_argument);
  CHECK_EQ(m.map(kAt, 0, ~std::uint64_t{0}).error, Error::bad_argument);
  CHECK_EQ(m.map(kAt, 0, std::uint64_t{1} << 52).error, Error::bad_argument);
  CHECK_EQ(m.map(abi::kGuestLimit - kPageBytes, 0, 2).error, Error::bad_argument);
  CHECK_EQ(m.map(abi::kGuestLimit, 0, 1).error, Error::bad_argument);
  CHECK_EQ(m.map(abi::kComponentLimit - kPageBytes, 0, 2).error, Error::bad_argument);
  CHECK_EQ(m.map(abi::kComponentLimit, 0, 1).error, Error::bad_argument);
  CHECK_EQ(m.map(~std::uint64_t{0} - 4095, 0, 1).error, Error::bad_argument);
  CHECK_EQ(m.map(kAt, kLarge * 4, 1).error, Error::bad_argument);
  CHECK_EQ(m.map(kAt, kLarge * 4 - kPageBytes, 2).error, Error::bad_argument);
  CHECK_EQ(m.map(kAt, 0, 1, 8).error, Error::bad_argument);
  CHECK_EQ(m.invoke(m.space_cap, Method::map, {kAt, 0, 0, 1, 0x101}).error, Error::bad_argument);
  CHECK_EQ(m.map(kAt, 0, 1, kW | kX).error, Error::no_right);  // never both
  CHECK_EQ(m.map(kAt, 0, 1, kR | kW | kX).error, Error::no_right);
  CHECK_EQ(m.invoke(m.space_cap, Method::map, {kAt, 77, 0, 1, kR}).error, Error::no_attachment);
  CHECK_EQ(m.invoke(m.space_cap, Method::map, {kAt, 5000, 0, 1, kR}).error, Error::bad_argument);
  CHECK_EQ(m.invoke(m.copy(m.space_cap, kR | kW), Method::map, {kAt, 0, 0, 1, kR}).error, Error::no_right);
  CHECK_EQ(m.invoke(m.space_cap, 99).error, Error::bad_call);
  CHECK(m.map(0x10000, 0, 1).ok());
  CHECK(m.map(abi::kGuestLimit - kPageBytes, 0, 1).ok());
  CHECK(m.map(abi::kComponentLimit - kPageBytes, 0, 1).ok());
}

TEST(map_within_the_rights_of_the_attachment) {
  Mapped m(kR);
  CHECK_EQ(m.map(kAt, 0, 1, kR | kW).error, Error::no_right);
  CHECK_EQ(m.map(kAt, 0, 1, kX).error, Error::no_right);
  CHECK(m.map(kAt, 0, 1, kR).ok());
  CHECK_EQ(m.invoke(m.space_cap, Method::protect, {kAt, 1, kR | kW}).error, Error::no_right);
  CHECK(m.invoke(m.space_cap, Method::protect, {kAt, 1, 0}).ok());
  CHECK_EQ(mapping_of(m.space(), kAt)->rights(), 0);
  // map_guarded is no right: it adds none, and is not there alone.
  constexpr std::uint64_t kGuarded = abi::kMapGuarded;
  CHECK_EQ(m.map(kAt + kPageBytes, 0, 1, kGuarded).error, Error::bad_argument);
  CHECK_EQ(m.map(kAt + kPageBytes, 0, 1, kGuarded | kR | kW).error, Error::no_right);
  CHECK(m.map(kAt + kPageBytes, 0, 1, kGuarded | kR).ok());
  CHECK_EQ(mapping_of(m.space(), kAt + kPageBytes)->rights(), kR);
  CHECK_EQ(m.invoke(m.space_cap, Method::protect, {kAt + kPageBytes, 1, kGuarded}).error, Error::bad_argument);
  CHECK_EQ(m.invoke(m.space_cap, Method::protect, {kAt + kPageBytes, 1, kGuarded | kX}).error, Error::no_right);
  CHECK(m.invoke(m.space_cap, Method::protect, {kAt + kPageBytes, 1, kGuarded | kR}).ok());
  const std::uint64_t weak = m.attach(m.space_cap, m.copy(m.memory, kR | kX));
  CHECK_EQ(m.invoke(m.space_cap, Method::map, {kAt + kLarge, weak, 0, 1, kW}).error, Error::no_right);
  CHECK(m.invoke(m.space_cap, Method::map, {kAt + kLarge, weak, 0, 1, kX}).ok());
}

TEST(large_pages_and_their_splitting) {
  Mapped m;
  CHECK_EQ(m.map(kAt, 0, 1024).words[0], 1024);
  CHECK_EQ(mapping_of(m.space(), kAt)->level, 1);
  CHECK_EQ(m.space().pool().used(), 2);
  CHECK_EQ(m.map(kAt + 2 * kLarge + kPageBytes, kLarge, 512).words[0], 512);  // not aligned: small pages
  CHECK_EQ(mapping_of(m.space(), kAt + 2 * kLarge + kPageBytes)->level, 0);
  CHECK_EQ(m.map(kAt + 3 * kPageBytes, 0, 1).error, Error::already_mapped);
  CHECK(m.invoke(m.space_cap, Method::unmap, {kAt + 3 * kPageBytes, 1}).ok());
  CHECK(!mapping_of(m.space(), kAt + 3 * kPageBytes));
  CHECK_EQ(mapping_of(m.space(), kAt + 4 * kPageBytes)->frame(), m.frame(4 * kPageBytes));
  CHECK(m.invoke(m.space_cap, Method::protect, {kAt + kLarge + 7 * kPageBytes, 2, kR}).ok());
  CHECK_EQ(mapping_of(m.space(), kAt + kLarge + 6 * kPageBytes)->rights(), kR | kW);
  CHECK_EQ(mapping_of(m.space(), kAt + kLarge + 7 * kPageBytes)->rights(), kR);
  check_invariants(m);
  CHECK(m.invoke(m.space_cap, Method::unmap, {kAt, 4 * 512}).ok());
  CHECK_EQ(m.space().pool().used(), 2);  // the tables above stay
}

TEST(long_ranges_are_preempted_and_finished) {
  for (const unsigned preemptions : {0u, 1u, 100u}) {
    Mapped m;
    arch::hosted::interrupt_at_preemption(preemptions);
    CHECK_EQ(m.map(kAt + kPageBytes, 0, 1800).words[0], 1800);
    arch::hosted::interrupt_at_preemption(preemptions);
    CHECK(m.invoke(m.space_cap, Method::protect, {kAt, 4096, kR}).ok());
    for (unsigned i = 0; i < 1800; ++i) CHECK_EQ(mapping_of(m.space(), kAt + (i + 1) * kPageBytes)->rights(), kR);
    arch::hosted::interrupt_at_preemption(preemptions);
    CHECK(m.invoke(m.space_cap, Method::unmap, {kAt + kPageBytes, 1800}).ok());
    arch::hosted::interrupt_at_preemption(0);
    for (unsigned i = 0; i < 1801; ++i) CHECK(!mapping_of(m.space(), kAt + i * kPageBytes));
  }
}

TEST(long_copies_are_preempted_and_finished) {
  for (const unsigned preemptions : {0u, 100u}) {
    Mapped m;
    const std::uint64_t parent = m.new_guest(), child = m.new_guest();
    CHECK(m.invoke(parent, Method::map, {kAt, m.number, 0, 1800, kR | kW}).ok());
    arch::hosted::interrupt_at_preemption(preemptions);
    CHECK_EQ(m.invoke(child, Method::copy_range, {parent, kAt, 4096, 1}).words[0], 1800);
    arch::hosted::interrupt_at_preemption(preemptions);
    CHECK(m.invoke(child, Method::unmap, {0, abi::kGuestLimit / kPageBytes}).ok());
    arch::hosted::interrupt_at_preemption(0);
    CHECK_EQ(mapping_of(m.at(parent), kAt + 1799 * kPageBytes)->rights(), kR);
    CHECK(!mapping_of(m.at(child), kAt));
    // A part of a large page goes, and a whole one.
    CHECK(m.invoke(parent, Method::map, {kAt + 8 * kLarge, m.number, 0, 1024, kR}).ok());
    CHECK(m.invoke(parent, Method::protect, {kAt + 8 * kLarge + kPageBytes, 1, 0}).ok());
    CHECK_EQ(mapping_of(m.at(parent), kAt + 8 * kLarge)->rights(), kR);
    CHECK(m.invoke(parent, Method::unmap, {kAt + 9 * kLarge + 5 * kPageBytes, 1}).ok());
    CHECK(mapping_of(m.at(parent), kAt + 9 * kLarge).has_value() && !mapping_of(m.at(parent), kAt + 9 * kLarge + 5 * kPageBytes));
    CHECK(m.invoke(parent, Method::map, {kAt + 16 * kLarge, m.number, 0, 512, kR}).ok());
    CHECK(m.invoke(parent, Method::unmap, {kAt + 16 * kLarge, 512}).ok());
    CHECK(!mapping_of(m.at(parent), kAt + 16 * kLarge));
    CHECK_EQ(m.invoke(parent, Method::protect, {kAt, 1, 8}).error, Error::bad_argument);
    check_invariants(m);
  }
}

TEST(donate_checks) {
  Mapped m;
  const auto donate = [&](std::uint64_t pool) { return m.invoke(m.space_cap, Method::donate, {pool}).error; };
  CHECK_EQ(donate(m.copy(m.memory)), Error::wrong_type);
  const std::uint64_t last = m.make(ObjectType::untyped, 12);
  CHECK(m.invoke(m.namespace_cap, abi::NamespaceMethod::set_limits, {0, abi::kNoLimit, abi::kNoLimit, abi::kNoLimit, abi::kNoLimit}).ok());
  CHECK_EQ(donate(last), Error::over_limit);
  CHECK(m.invoke(m.namespace_cap, abi::NamespaceMethod::set_limits,
                 {abi::kNoLimit, abi::kNoLimit, abi::kNoLimit, abi::kNoLimit, abi::kNoLimit}).ok());
  for (unsigned i = 0; i < m.space().donations().size(); ++i) CHECK_EQ(donate(m.make(ObjectType::untyped, 12)), Error::ok);
  CHECK_EQ(donate(last), Error::no_attachment);
  CHECK_EQ(m.free_bytes(last), 4096);
}

TEST(donate_takes_16_mib_at_most) {
  Machine large({.untyped_bits = 25, .pool_pages = 4});
  CHECK_EQ(large.invoke(large.space_cap, Method::donate, {large.untyped_cap}).error, Error::bad_argument);
}

TEST(map_list) {
  Mapped m;
  std::array<std::uint64_t, 64>& words = m.message(0).words;
  words[8] = kR | (3 * kPageBytes);
  words[9] = 0;
  words[10] = kR | kW | (9 * kPageBytes);
  const auto list = [&](std::uint64_t count) { return m.invoke(m.space_cap, Method::map_list, {kAt, count}); };
  CHECK_EQ(list(3).words[0], 3);
  CHECK_EQ(mapping_of(m.space(), kAt)->frame(), m.frame(3 * kPageBytes));
  CHECK(!mapping_of(m.space(), kAt + kPageBytes));
  CHECK_EQ(mapping_of(m.space(), kAt + 2 * kPageBytes)->rights(), kR | kW);
  words[8] = kX | (4 * kPageBytes);  // replaces
  CHECK(list(1).ok());
  CHECK_EQ(mapping_of(m.space(), kAt)->frame(), m.frame(4 * kPageBytes));
  words[9] = kR | (std::uint64_t{60} << 48);
  const Outcome failed = list(3);
  CHECK_EQ(failed.error, Error::no_attachment);
  CHECK_EQ(failed.words[0], 1);
  CHECK_EQ(list(0).error, Error::bad_argument);
  CHECK_EQ(list(57).error, Error::bad_argument);
  words[8] = kW | kX;
  CHECK_EQ(list(1).error, Error::no_right);
}

TEST(pool_runs_out_and_is_donated_to) {
  Mapped m(0xff, 3);
  CHECK(m.map(kAt, 0, 1).ok());
  CHECK_EQ(m.map(kAt + (std::uint64_t{1} << 39), 0, 1).error, Error::no_page_tables);
  check_invariants(m);
  const std::uint64_t pool = m.make(ObjectType::untyped, 14);
  CHECK_EQ(m.invoke(m.space_cap, Method::donate, {pool}).words[0], 4);
  CHECK_EQ(m.invoke(m.space_cap, Method::donate, {pool}).error, Error::has_children);
  CHECK_EQ(m.invoke(m.space_cap, Method::donate, {m.memory}).error, Error::wrong_type);
  CHECK(m.map(kAt + (std::uint64_t{1} << 39), 0, 1).ok());
  CHECK_EQ(m.invoke(pool, abi::UntypedMethod::retype, {7, 0, 1, m.table_cap, m.free_slot()}).error, Error::no_memory);
  const Outcome info = m.invoke(m.space_cap, Method::info);
  CHECK_EQ(info.words[0] + info.words[1], 7);
  // Without its tables the space is at its end.
  m.revoke(pool);
  CHECK(!mapping_of(m.space(), kAt));
  CHECK_EQ(m.map(kAt, 0, 1).error, Error::bad_argument);
}

TEST(attachments_are_limited_and_detached) {
  Mapped m;
  for (unsigned i = 1; i < abi::kMaxAttachments; ++i) CHECK_EQ(m.attach(m.space_cap, m.memory), i);
  CHECK_EQ(m.invoke(m.space_cap, Method::attach, {m.memory, 0xff}).error, Error::no_attachment);
  CHECK(m.map(kAt, 0, 600).ok());
  CHECK(m.invoke(m.space_cap, Method::map, {kAt + 4 * kLarge, 9, 0, 3, kR}).ok());
  CHECK(m.invoke(m.space_cap, Method::detach, {m.number}).ok());
  for (unsigned i = 0; i < 600; ++i) CHECK(!mapping_of(m.space(), kAt + i * kPageBytes));
  CHECK(mapping_of(m.space(), kAt + 4 * kLarge).has_value());
  CHECK_EQ(m.invoke(m.space_cap, Method::detach, {m.number}).error, Error::no_attachment);
  CHECK_EQ(m.invoke(m.space_cap, Method::detach, {10'000}).error, Error::no_attachment);
  CHECK_EQ(m.attach(m.space_cap, m.memory), m.number);
  CHECK_EQ(m.invoke(m.space_cap, Method::attach, {m.memory, 0x100}).error, Error::bad_argument);
}

TEST(detach_with_nothing_in_the_component_half) {
  Mapped m;
  CHECK(m.map(kAt, 0, 1).ok());
  CHECK(m.invoke(m.space_cap, Method::detach, {m.number}).ok());
  const std::uint64_t other = m.make(ObjectType::address_space);
  const std::uint64_t number = m.attach(other, m.memory);
  CHECK(m.invoke(other, Method::detach, {number}).ok());  // no tables at all
}

// Only the guest spaces of the thread's own, with the right that running there takes; and what a
// thread sees may end under it.
TEST(a_thread_goes_over_to_a_guest_space) {
  Mapped m;
  const std::uint64_t guest = m.new_guest(), other = m.new_guest(1), hosts = m.make(ObjectType::address_space);
  const std::uint64_t foreign = m.make(ObjectType::address_space), pool = m.make(ObjectType::untyped, 17);
  CHECK(m.invoke(foreign, Method::donate, {pool}).ok());
  CHECK(m.invoke(hosts, Method::donate, {m.make(ObjectType::untyped, 17)}).ok());
  CHECK(m.invoke(foreign, Method::bind_host, {hosts, 0}).ok());
  const auto sees = [&](std::uint64_t space) {
    return m.thread(0).guest_space == &m.at(space) && arch::current_root().value == m.at(space).host_root().value;
  };
  for (const std::uint64_t space : {guest, other, guest}) {
    CHECK(m.invoke(space, Method::enter).ok());
    CHECK(sees(space));
    check_invariants(m);
  }
  CHECK_EQ(m.invoke(foreign, Method::enter).error, Error::not_configured);
  CHECK_EQ(m.invoke(m.space_cap, Method::enter).error, Error::not_configured);
  CHECK_EQ(m.invoke(m.copy(other, kAllRights & ~abi::kRightManage), Method::enter).error, Error::no_right);
  CHECK(sees(guest));
  m.remove(guest);
  CHECK(m.thread(0).guest_space == nullptr);
  CHECK(m.invoke(other, Method::enter).ok());
  check_invariants(m);
}

TEST(revoking_memory_unmaps_it_everywhere) {
  for (const unsigned preemptions : {0u, 1u, 1000u}) {
    Mapped m;
    const std::uint64_t guest = m.new_guest(), other = m.new_guest(1);
    CHECK(m.map(kAt, 0, 1100).ok());
    CHECK(m.map(kHalf + kAt, 0, 3).ok());
    CHECK(m.invoke(guest, Method::map, {kAt + 0x7000, m.number, 0, 900, kR | kW | kX}).ok());
    CHECK(m.invoke(other, Method::copy_range, {guest, kAt, 1024, 1}).ok());
    arch::hosted::interrupt_at_preemption(preemptions);
    m.revoke(m.memory);
    arch::hosted::interrupt_at_preemption(0);
    for (AddressSpace* space : {&m.space(), &m.at(guest), &m.at(other)}) {
      unsigned leaves = 0;
      auto on_leaf = [&](const Mapping&) { ++leaves; };
      auto on_table = [](std::uint64_t, unsigned) {};
      walk(space->host_root(), 3, 0, 0, 512, on_leaf, on_table);
      CHECK_EQ(leaves, 0);
    }
    CHECK_EQ(m.map(kAt, 0, 1).error, Error::no_attachment);
  }
}

// While an attachment is being swept another thread maps through it, behind the
// sweep: without rights (that was once let through), and by copying between guests.
TEST(nothing_is_mapped_behind_a_sweep) {
  Mapped m;
  const std::uint64_t guest = m.new_guest(), other = m.new_guest();
  for (const std::uint64_t space : {guest, other}) {
    CHECK(m.invoke(space, Method::map, {kAt + 0x1000, m.number, 0, 2000, kR | kW}).ok());
  }
  CHECK(m.invoke(guest, Method::unmap, {kAt + 0x1000, 100}).ok());
  for (unsigned point = 1; point < 30; ++point) {
    if (m.space().attachment(m.number) == nullptr) break;
    arch::hosted::interrupt_at_preemption(1);
    const std::array<std::uint64_t, 1> words{m.number};
    const bool again = point == 1 ? m.enter(m.thread(1), abi::Call::invoke, m.space_cap, words, 1, 3, 0, 0)
                                  : m.enter_again(m.thread(1));
    arch::hosted::interrupt_at_preemption(0);
    if (!again) break;
    CHECK_EQ(m.invoke(m.thread(2), guest, Method::map, {kAt + 0x1000, m.number, 0, 1, 0}).error, Error::no_attachment);
    (void)m.invoke(m.thread(2), guest, Method::copy_range, {other, kAt, 600, 0});
    (void)m.invoke(m.thread(2), other, Method::copy_range, {guest, kAt, 600, 0});
  }
  while (m.thread(1).restarting) (void)m.enter_again(m.thread(1));
  CHECK_EQ(read_outcome(m.thread(1)).error, Error::ok);
  CHECK(m.space().attachment(m.number) == nullptr);
  CHECK(!mapping_of(m.at(guest), kAt + 0x1000));
  check_invariants(m);
}

// Two threads detach two Memories, each preempted at every step: neither sweep may
// skip what the other's left off at, and both end.
TEST(two_sweeps_at_once) {
  Mapped m;
  const std::uint64_t second = m.attach(m.space_cap, m.memory);
  const std::uint64_t guest = m.new_guest();
  for (const std::uint64_t space : {m.space_cap, guest}) {
    CHECK(m.invoke(space, Method::map, {kAt + 0x1000, m.number, 0, 1500, kR}).ok());
    CHECK(m.invoke(space, Method::map, {kAt + 4 * kLarge + 0x1000, second, 0, 1500, kR}).ok());
    CHECK(m.invoke(space, Method::map, {0x20000, second, 0, 20, kR}).ok());
  }
  const std::array<std::uint64_t, 1> one{m.number}, two{second};
  arch::hosted::interrupt_at_preemption(100'000);
  bool a = m.enter(m.thread(1), abi::Call::invoke, m.space_cap, one, 1, 3, 0, 0);
  bool b = m.enter(m.thread(2), abi::Call::invoke, m.space_cap, two, 1, 3, 0, 0);
  unsigned steps = 0;
  for (; (a || b) && steps < 1000; ++steps) {
    if (a) a = m.enter_again(m.thread(1));
    if (b) b = m.enter_again(m.thread(2));
  }
  arch::hosted::interrupt_at_preemption(0);
  CHECK(steps < 100);
  for (AddressSpace* space : {&m.space(), &m.at(guest)}) {
    unsigned leaves = 0;
    auto on_leaf = [&](const Mapping&) { ++leaves; };
    auto on_table = [](std::uint64_t, unsigned) {};
    walk(space->host_root(), 3, 0, 0, 512, on_leaf, on_table);
    CHECK_EQ(leaves, 0);
  }
}

TEST(copy_range_shares_or_copies_on_write) {
  Mapped m;
  const std::uint64_t parent = m.new_guest(), child = m.new_guest();
  CHECK(m.invoke(parent, Method::map, {kAt, m.number, 0, 3, kR | kW}).ok());
  CHECK(m.invoke(parent, Method::map, {kAt + 5 * kPageBytes, m.number, 0x8000, 1, kR | kX}).ok());
  CHECK_EQ(m.invoke(child, Method::copy_range, {parent, kAt, 10, 0}).words[0], 4);
  CHECK_EQ(mapping_of(m.at(child), kAt)->rights(), kR | kW);
  CHECK_EQ(mapping_of(m.at(parent), kAt)->rights(), kR | kW);
  CHECK(!mapping_of(m.at(child), kAt + 3 * kPageBytes));
  CHECK(m.invoke(child, Method::unmap, {kAt, 10}).ok());
  CHECK_EQ(m.invoke(child, Method::copy_range, {parent, kAt, 10, 1}).words[0], 4);
  for (const std::uint64_t space : {parent, child}) {
    CHECK_EQ(mapping_of(m.at(space), kAt + kPageBytes)->rights(), kR);
    CHECK_EQ(mapping_of(m.at(space), kAt + kPageBytes)->frame(), m.frame(kPageBytes));
    CHECK_EQ(mapping_of(m.at(space), kAt + 5 * kPageBytes)->rights(), kR | kX);
  }
  // Large pages of the source are split.
  CHECK(m.invoke(parent, Method::map, {kAt + kLarge, m.number, kLarge, 512, kR | kW}).ok());
  CHECK_EQ(m.invoke(child, Method::copy_range, {parent, kAt + kLarge, 512, 1}).words[0], 512);
  CHECK_EQ(mapping_of(m.at(child), kAt + kLarge + 77 * kPageBytes)->frame(), m.frame(kLarge + 77 * kPageBytes));
  check_invariants(m);
  const auto copy = [&](std::uint64_t to, Words words) { return m.invoke(to, Method::copy_range, words).error; };
  CHECK_EQ(copy(child, {parent, kAt, 1, 2}), Error::bad_argument);
  CHECK_EQ(copy(child, {parent, kAt + 1, 1, 0}), Error::bad_argument);
  CHECK_EQ(copy(child, {parent, kHalf, 1, 0}), Error::bad_argument);
  CHECK_EQ(copy(child, {child, kAt, 1, 0}), Error::no_attachment);
  CHECK_EQ(copy(child, {m.space_cap, kAt, 1, 0}), Error::no_attachment);
  CHECK_EQ(copy(m.space_cap, {child, kAt, 1, 0}), Error::no_attachment);
  CHECK_EQ(copy(child, {m.memory, kAt, 1, 0}), Error::wrong_type);
  CHECK_EQ(copy(child, {m.copy(parent, kR), kAt, 1, 0}), Error::no_right);
}

TEST(bind_host_rules) {
  Mapped m;
  const std::uint64_t guest = m.new_guest(), fresh = m.make(ObjectType::address_space);
  const auto bind = [&](std::uint64_t space, Words words) { return m.invoke(space, Method::bind_host, words).error; };
  CHECK_EQ(bind(fresh, {fresh, 0}), Error::bad_argument);
  CHECK_EQ(bind(fresh, {guest, 0}), Error::bad_argument);
  CHECK_EQ(bind(fresh, {m.space_cap, 2}), Error::bad_argument);
  CHECK_EQ(bind(fresh, {m.memory, 0}), Error::wrong_type);
  CHECK_EQ(bind(fresh, {m.copy(m.space_cap, kR), 0}), Error::no_right);
  CHECK_EQ(bind(guest, {m.space_cap, 0}), Error::busy);
  CHECK_EQ(bind(m.space_cap, {fresh, 0}), Error::busy);  // has guests itself
  CHECK_EQ(m.invoke(guest, Method::attach, {m.memory, 0xff}).error, Error::busy);
  CHECK_EQ(m.invoke(guest, Method::map, {kHalf, m.number, 0, 1, kR}).error, Error::bad_argument);
  CHECK(m.invoke(guest, Method::map, {kAt, m.number, 0, 1, kR | kW | kX}).ok());  // a guest's own affair
  const std::uint64_t t = m.make(ObjectType::thread);
  CHECK_EQ(m.invoke(t, abi::ThreadMethod::configure, {m.table_cap, guest, 0, 0, 0}).error, Error::bad_argument);
  CHECK(m.map(kHalf + kAt, 0, 1).ok());  // the host's half appears in its guests
  check_invariants(m);
}

TEST(guests_end_with_their_host) {
  Mapped m;
  const std::uint64_t host = m.make(ObjectType::address_space), host_pool = m.make(ObjectType::untyped, 15);
  CHECK(m.invoke(host, Method::donate, {host_pool}).ok());
  const std::uint64_t guest = m.make(ObjectType::address_space), pool = m.make(ObjectType::untyped, 15);
  CHECK(m.invoke(guest, Method::donate, {pool}).ok());
  const std::uint64_t number = m.attach(host, m.memory);
  CHECK(m.invoke(guest, Method::bind_host, {host, 0}).ok());
  CHECK(m.invoke(guest, Method::map, {kAt, number, 0, 20, kR}).ok());
  m.revoke(host);
  CHECK(m.at(guest).host() == nullptr);
  CHECK(!mapping_of(m.at(guest), kAt));
  CHECK_EQ(m.invoke(guest, Method::map, {kAt, 0, 0, 1, kR}).error, Error::bad_argument);
  check_invariants(m);
  m.remove(host);
  m.remove(guest);
  CHECK_EQ(m.free_bytes(pool), 1u << 15);
  CHECK_EQ(m.free_bytes(host_pool), 1u << 15);
}

TEST(space_that_ends_gives_everything_back) {
  for (const unsigned preemptions : {0u, 7u, 1000u}) {
    Mapped m;
    const std::uint64_t inner = m.make(ObjectType::untyped, 18);
    const std::uint64_t space = m.make(ObjectType::address_space, 0, 1, inner), pool = m.make(ObjectType::untyped, 16, 1, inner);
    CHECK(m.invoke(space, Method::donate, {pool}).ok());
    const std::uint64_t number = m.attach(space, m.memory);
    for (unsigned i = 0; i < 5; ++i) CHECK(m.invoke(space, Method::map, {kAt + i * kLarge + 4096, number, 0, 100, kR}).ok());
    arch::hosted::interrupt_at_preemption(preemptions);
    m.remove(space);
    arch::hosted::interrupt_at_preemption(0);
    CHECK_EQ(m.free_bytes(pool), 1u << 16);
    CHECK(first_child(m.slot(m.memory))->home == Home::attachment);  // the other space's
    m.remove(pool);
    CHECK_EQ(m.free_bytes(inner), 1u << 18);
  }
}

TEST(memory_info) {
  Mapped m;
  Outcome info = m.invoke(m.memory, abi::MemoryMethod::info);
  CHECK_EQ(info.words[0], 1 << 23);
  CHECK_EQ(info.words[1], m.slot(m.memory).object);
  info = m.invoke(m.copy(m.memory, kR | kW), abi::MemoryMethod::info);
  CHECK_EQ(info.words[1], 0);
  CHECK_EQ(m.invoke(m.memory, 4).error, Error::bad_call);
}

}  // namespace tessera::nucleus::test
