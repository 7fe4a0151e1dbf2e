// SPDX-License-Identifier: Apache-2.0
// mint: parts of ranges, several at once.
#include "kernel/object/derivation.hpp"
#include "tests/support/check.hpp"
#include "tests/unit/kernel/fixture/invariants.hpp"

namespace tessera::nucleus::test {

using Cap = abi::CapTableMethod;

struct Part {
  std::uint64_t offset = 0, bytes = 0, count = 1;
};
static Outcome mint(Machine& m, std::uint64_t source, std::uint64_t first, const Part& part, std::uint64_t rights = kAllRights,
                    std::uint64_t badge = 0) {
  return m.invoke(m.table_cap, Cap::mint, {source, first, rights, badge, part.offset, part.bytes, part.count});
}

TEST(mint_splits_memory) {
  Machine m;
  const std::uint64_t memory = m.make(ObjectType::memory, 16);
  const std::uint64_t first = m.free_slot(5);
  CHECK_EQ(mint(m, memory, first, {4096, 3 * 4096, 5}, abi::kRightRead).words[0], first);
  for (unsigned i = 0; i < 5; ++i) {
    const Slot& part = *m.table().slot(first + i);
    CHECK_EQ(part.object, m.slot(memory).object + 4096 + i * 3 * 4096);
    CHECK_EQ(part.extra, 3 * 4096);
    CHECK_EQ(part.rights, abi::kRightRead);
    CHECK_EQ(parent_of(part), &m.slot(memory));
  }
  CHECK_EQ(m.invoke(first, abi::MemoryMethod::info).words[0], 3 * 4096);
  CHECK_EQ(m.invoke(m.table_cap, Cap::identify, {first}).words[4], 3 * 4096);
  // A part of a part; the rest of the whole is out of reach.
  const std::uint64_t inner = mint(m, first, m.free_slot(), {4096, 0, 1}).words[0];
  CHECK_EQ(m.slot(inner).extra, 2 * 4096);
  CHECK_EQ(mint(m, first, m.free_slot(), {3 * 4096, 0, 1}).error, Error::bad_argument);
  check_invariants(m);
  m.revoke(memory);
  CHECK_EQ(m.invoke(inner, 1).error, Error::stale_handle);
}

TEST(mint_checks_ranges) {
  Machine m;
  const std::uint64_t memory = m.make(ObjectType::memory, 14);
  const std::uint64_t at = m.free_slot(8);
  const std::uint64_t huge = ~std::uint64_t{0xfff};
  const std::array<std::pair<Part, Error>, 13> cases{{
      {{1, 4096, 1}, Error::misaligned},
      {{0, 4097, 1}, Error::misaligned},
      {{0, 100, 1}, Error::misaligned},
      {{16384, 4096, 1}, Error::bad_argument},
      {{16384, 0, 1}, Error::bad_argument},
      {{0, 20480, 1}, Error::bad_argument},
      {{12288, 8192, 1}, Error::bad_argument},
      {{0, 8192, 3}, Error::bad_argument},
      {{huge, 4096, 1}, Error::bad_argument},
      {{4096, huge, 1}, Error::bad_argument},
      {{0, huge, 2}, Error::bad_argument},
      {{0, 0, 2}, Error::bad_argument},
      {{0, 4096, 0}, Error::bad_argument},
  }};
  for (const auto& [part, error] : cases) CHECK_EQ(mint(m, memory, at, part).error, error);
  CHECK_EQ(mint(m, memory, at, {0, 4096, 257}).error, Error::bad_argument);
  CHECK_EQ(mint(m, memory, at, {0, 4096, ~std::uint64_t{0}}).error, Error::bad_argument);
  CHECK_EQ(mint(m, memory, ~std::uint64_t{0} - 1, {0, 4096, 4}).error, Error::bad_argument);
  CHECK_EQ(mint(m, memory, at, {0, 4096, 1}, 0x100).error, Error::bad_argument);
  CHECK_EQ(mint(m, memory, at, {0, 4096, 1}, 0xff, 3).error, Error::bad_argument);  // no badge
  CHECK_EQ(mint(m, m.untyped_cap, at, {0, 4096, 1}).error, Error::wrong_type);
  CHECK_EQ(mint(m, m.make(ObjectType::endpoint), at, {4096, 0, 1}).error, Error::bad_argument);
  CHECK_EQ(mint(m, m.make(ObjectType::endpoint), at, {0, 0, 2}).error, Error::bad_argument);
  for (unsigned i = 0; i < 8; ++i) CHECK(m.table().slot(at + i)->empty());
  // All or nothing.
  const std::uint64_t taken = m.invoke(m.table_cap, Cap::copy, {memory, at + 2, kAllRights, 0}).words[0];
  CHECK_EQ(mint(m, memory, at, {0, 4096, 4}).error, Error::slot_occupied);
  CHECK(m.table().slot(at)->empty() && m.table().slot(at + 1)->empty() && m.table().slot(at + 3)->empty());
  m.remove(taken);
  CHECK(mint(m, memory, at, {0, 4096, 4}).ok());
  CHECK_EQ(m.slot(mint(m, m.make(ObjectType::endpoint), m.free_slot(), {}, abi::kRightWrite, 9).words[0]).badge, 9);
}

TEST(mint_divides_ports) {
  Machine m;
  const Outcome ports = m.invoke(m.machine_cap, abi::MachineMethod::make_io_ports, {0x100, 0x10f, m.table_cap, m.free_slot()});
  CHECK(ports.ok());
  const std::uint64_t first = m.free_slot(2);
  CHECK(mint(m, ports.words[0], first, {4, 6, 2}).ok());
  CHECK_EQ(m.table().slot(first)->object, 0x104 | 0x109 << 16);
  CHECK_EQ(m.table().slot(first + 1)->object, 0x10a | 0x10f << 16);
  CHECK_EQ(m.invoke(first, abi::IoPortsMethod::read, {0x103, 1}).error, Error::bad_argument);
  CHECK(m.invoke(first, abi::IoPortsMethod::read, {0x104, 4}).ok());
  CHECK_EQ(m.invoke(first, abi::IoPortsMethod::read, {0x108, 4}).error, Error::bad_argument);
  CHECK_EQ(mint(m, ports.words[0], m.free_slot(), {16, 1, 1}).error, Error::bad_argument);
  CHECK_EQ(mint(m, ports.words[0], m.free_slot(), {0, 17, 1}).error, Error::bad_argument);
}

// What a part does not cover cannot be mapped or used as a page of the nucleus.
TEST(a_part_of_memory_is_all_that_can_be_mapped) {
  Machine m;
  const std::uint64_t memory = m.make(ObjectType::memory, 14);
  const std::uint64_t part = mint(m, memory, m.free_slot(), {4096, 8192, 1}).words[0];
  const std::uint64_t number = m.invoke(m.space_cap, abi::AddressSpaceMethod::attach, {part, 0xff}).words[0];
  const auto map = [&](std::uint64_t offset, std::uint64_t pages) {
    return m.invoke(m.space_cap, abi::AddressSpaceMethod::map, {kHalf, number, offset, pages, abi::kRightRead}).error;
  };
  CHECK_EQ(map(0, 3), Error::bad_argument);
  CHECK_EQ(map(8192, 1), Error::bad_argument);
  CHECK_EQ(map(0, 2), Error::ok);
  const std::uint64_t thread = m.make(ObjectType::thread);
  CHECK_EQ(m.invoke(thread, abi::ThreadMethod::configure, {0, 0, part, 8192, 0}).error, Error::bad_argument);
  CHECK_EQ(m.invoke(thread, abi::ThreadMethod::set_guest_state, {part, 8192}).error, Error::bad_argument);
  CHECK_EQ(m.invoke(thread, abi::ThreadMethod::set_guest_state, {part, 2048}).error, Error::misaligned);
  CHECK(m.invoke(thread, abi::ThreadMethod::set_guest_state, {part, 4096}).ok());
}

}  // namespace tessera::nucleus::test
