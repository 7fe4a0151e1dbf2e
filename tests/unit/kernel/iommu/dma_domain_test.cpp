// SPDX-License-Identifier: Apache-2.0
// DmaDomain: what devices reach, and that they do not any more, whatever goes first.
#include "kernel/object/derivation.hpp"
#include "tests/unit/kernel/iommu/confined.hpp"

namespace tessera::nucleus::test {

static constexpr std::uint64_t kDevice = 0x18, kOther = 0x0210;
static constexpr std::uint64_t kBytes = 1 << 23;

TEST(a_device_reaches_what_its_domain_has) {
  Confined m;
  const std::uint64_t domain = m.new_domain(), memory = m.make(ObjectType::memory, 23), small = m.make(ObjectType::memory, 12);
  CHECK(m.attach(domain, memory).ok());
  CHECK(!m.unit.reaches(kDevice, m.place(memory), false));
  CHECK_EQ(m.assign(kDevice, domain), Error::ok);
  CHECK(m.attach(domain, small, kR).ok());  // while it runs
  for (std::uint64_t offset = 0; offset < kBytes; offset += kPageBytes) CHECK(m.unit.reaches(kDevice, m.place(memory, offset), true));
  const std::uint64_t end = m.place(memory, kBytes);
  CHECK_EQ(m.unit.reaches(kDevice, end, false), m.place(small) == end);
  CHECK(!m.unit.reaches(kDevice, end + kPageBytes, false) && !m.unit.reaches(kDevice, m.place(memory) - 1, false));
  CHECK(m.unit.reaches(kDevice, m.place(small), false) && !m.unit.reaches(kDevice, m.place(small), true));
  CHECK(!m.unit.reaches(kOther, m.place(memory), false));
  const Outcome info = m.invoke(domain, DomainMethod::info);
  CHECK_EQ(info.words[2], 1);
  CHECK_EQ(info.words[0] + info.words[1], 32);
  CHECK_EQ(m.assign(kDevice, 0), Error::ok);
  CHECK(!m.unit.reaches(kDevice, m.place(memory), false));
}

TEST(what_a_domain_refuses) {
  Confined m;
  const std::uint64_t domain = m.new_domain(), memory = m.make(ObjectType::memory, 14);
  CHECK_EQ(m.attach(domain, memory, kW).error, Error::no_right);  // nothing can be written only
  CHECK_EQ(m.attach(domain, m.copy(memory, kR | kW)).error, Error::no_right);  // without dma
  CHECK_EQ(m.invoke(domain, DomainMethod::attach, {memory, 0x100}).error, Error::bad_argument);
  CHECK_EQ(m.attach(m.copy(domain, kR), memory).error, Error::no_right);
  CHECK(m.attach(domain, memory).ok());
  CHECK_EQ(m.attach(domain, memory).error, Error::overlap);
  const Outcome part = m.invoke(m.table_cap, abi::CapTableMethod::mint, {memory, m.free_slot(), 0xff, 0, 0x2000, 0x1000, 1});
  CHECK_EQ(m.attach(domain, part.words[0]).error, Error::overlap);
  CHECK_EQ(m.invoke(domain, DomainMethod::detach, {5}).error, Error::no_attachment);
  CHECK_EQ(m.invoke(domain, DomainMethod::detach, {5000}).error, Error::no_attachment);
  CHECK_EQ(m.assign(0x10000, domain), Error::bad_argument);
  CHECK_EQ(m.assign(kDevice, memory), Error::wrong_type);
  CHECK_EQ(m.assign(kDevice, domain), Error::ok);
  CHECK_EQ(m.assign(kDevice, domain), Error::ok);
  CHECK_EQ(m.assign(kDevice, m.new_domain()), Error::busy);
  CHECK_EQ(m.assign(kOther, 0), Error::ok);
  const std::uint64_t poor = m.make(ObjectType::dma_domain);
  CHECK_EQ(m.attach(poor, m.make(ObjectType::memory, 12)).error, Error::no_page_tables);
  const Outcome device = m.invoke(m.machine_cap, abi::MachineMethod::make_device_memory, {0xfd00'0000, 12, m.table_cap, m.free_slot()});
  CHECK(device.ok() && m.attach(domain, device.words[0]).error == Error::no_right);
  CHECK_EQ(m.invoke(m.machine_cap, abi::MachineMethod::make_device_memory, {0xfed9'0000, 12, m.table_cap, m.free_slot()}).error, Error::overlap);
}

TEST(nothing_can_be_had_without_an_iommu) {
  Machine m;
  const std::uint64_t domain = m.make(ObjectType::dma_domain);
  CHECK_EQ(m.invoke(domain, DomainMethod::attach, {m.make(ObjectType::memory, 12), 3}).error, Error::unsupported);
  CHECK_EQ(m.invoke(m.machine_cap, abi::MachineMethod::assign_device, {1, domain}).error, Error::unsupported);
  CHECK_EQ(m.invoke(m.machine_cap, abi::MachineMethod::take_dma_fault).error, Error::unsupported);
  CHECK_EQ(m.invoke(m.machine_cap, abi::MachineMethod::make_interrupt, {abi::kDmaFaults, 0, m.untyped_cap, m.table_cap, m.free_slot()}).error, Error::unsupported);
}

// The ways in which what a device reaches goes, with what it may remember, on units of all kinds, preempted and not.
enum class Way : std::uint8_t { detach, revoke_memory, delete_memory_source, delete_domain, revoke_pool, take_out };

static void end_by(Confined& m, Way way, std::uint64_t domain, std::uint64_t source, std::uint64_t pool, std::uint64_t attachment) {
  switch (way) {
    case Way::detach: CHECK(m.invoke(domain, DomainMethod::detach, {attachment}).ok()); break;
    case Way::revoke_memory: m.revoke(source); break;
    case Way::delete_memory_source: m.revoke(m.untyped_cap); break;
    case Way::delete_domain: m.remove(domain); break;
    case Way::revoke_pool: m.revoke(pool); break;
    case Way::take_out: CHECK_EQ(m.assign(kDevice, 0), Error::ok); break;
  }
}

TEST(nothing_is_reached_when_its_ground_is_gone) {
  for (const VtdUnit::Abilities abilities : {VtdUnit::Abilities{}, {.large = false}, {.caching = true}, {.sluggish = 5000}}) {
    for (const Way way : {Way::detach, Way::revoke_memory, Way::delete_memory_source, Way::delete_domain, Way::revoke_pool, Way::take_out}) {
      for (const unsigned preempted : {0u, 1u, 7u}) {
        Confined m(abilities);
        const std::uint64_t domain = m.make(ObjectType::dma_domain), pool = m.make(ObjectType::untyped, 17);
        CHECK(m.invoke(domain, DomainMethod::donate, {pool}).ok());
        const std::uint64_t memory = m.make(ObjectType::memory, 23), part = m.copy(memory), kept = m.make(ObjectType::memory, 12);
        const std::uint64_t first = m.place(memory), stays = m.place(kept);
        const Outcome attached = m.attach(domain, part);
        CHECK(attached.ok() && m.attach(domain, kept).ok());
        CHECK(!m.unit.reaches(kDevice, first, false));  // and some remember even that
        CHECK_EQ(m.assign(kDevice, domain), Error::ok);
        for (std::uint64_t offset = 0; offset < kBytes; offset += kPageBytes) CHECK(m.unit.reaches(kDevice, first + offset, true));
        CHECK(m.unit.reaches(kDevice, stays, true));
        arch::hosted::interrupt_at_preemption(preempted);
        end_by(m, way, domain, memory, pool, attached.words[0]);
        arch::hosted::interrupt_at_preemption(0);
        for (std::uint64_t offset = 0; offset < kBytes; offset += kPageBytes) CHECK(!m.unit.reaches(kDevice, first + offset, false));
        CHECK_EQ(m.unit.reaches(kDevice, stays, true), way == Way::detach || way == Way::revoke_memory);
      }
    }
  }
}

TEST(a_namespace_that_ends_takes_its_domains_along) {
  Confined m;
  const std::uint64_t tenant = m.make(ObjectType::namespace_), domain = m.new_domain(), memory = m.make(ObjectType::memory, 13);
  const std::uint64_t table = m.make(ObjectType::cap_table, 4);
  CHECK(m.invoke(tenant, abi::NamespaceMethod::adopt, {table}).ok());
  CHECK(m.attach(domain, memory).ok());
  CHECK_EQ(m.assign(kDevice, domain), Error::ok);
  CHECK(m.unit.reaches(kDevice, m.place(memory), true));
  // Its only capability is the tenant's now.
  CHECK(m.invoke(table, abi::CapTableMethod::move, {domain, 5}).ok());
  CHECK(m.unit.reaches(kDevice, m.place(memory), true));
  CHECK(m.invoke(tenant, abi::NamespaceMethod::destroy).ok());
  CHECK(!m.unit.reaches(kDevice, m.place(memory), false));
  CHECK_EQ(m.assign(kDevice, m.new_domain()), Error::ok);
}

// Tables come back, and an attachment that does not fit takes none.
TEST(the_pool_is_whole_again) {
  for (const bool large : {true, false}) {
    Confined m({.large = large});
    const std::uint64_t domain = m.new_domain(16), memory = m.make(ObjectType::memory, 23), small = m.make(ObjectType::memory, 12);
    CHECK_EQ(m.at(domain).pool().free(), 16);
    for (unsigned round = 0; round < 5; ++round) {
      const Outcome first = m.attach(domain, memory), second = m.attach(domain, small);
      CHECK(first.ok() && second.ok());
      CHECK(m.invoke(domain, DomainMethod::detach, {first.words[0]}).ok());
      CHECK(m.at(domain).leaf_of(PhysAddr{m.place(small)}).has_value());
      CHECK(m.invoke(domain, DomainMethod::detach, {second.words[0]}).ok());
      CHECK_EQ(m.at(domain).pool().free(), 16);
    }
  }
}

TEST(a_domain_that_is_attached_to_in_the_middle_of_an_end) {
  Confined m({.large = false});
  const std::uint64_t domain = m.new_domain(), memory = m.make(ObjectType::memory, 23);
  // Preempted after each step: another thread ends what is being attached.
  const std::array<std::uint64_t, 8> words{memory, kR | kW};
  arch::hosted::interrupt_at_preemption(1);
  CHECK(m.enter(m.thread(1), abi::Call::invoke, domain, words, 2, static_cast<std::uint32_t>(DomainMethod::attach), 0, 0));
  m.revoke(memory);
  while (m.enter_again(m.thread(1))) {}
  CHECK_EQ(m.thread(1).frame.tag() & 0xff, static_cast<std::uint64_t>(Error::cancelled));
  CHECK(!m.at(domain).leaf_of(PhysAddr{m.place(memory)}));
  CHECK(m.attach(domain, memory).ok());
  CHECK(m.at(domain).leaf_of(PhysAddr{m.place(memory, kBytes - 1)}).has_value());
}

}  // namespace tessera::nucleus::test
