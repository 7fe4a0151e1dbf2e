// SPDX-License-Identifier: Apache-2.0
// Vtd: which interrupts come of what devices write.
#include "tests/support/check.hpp"
#include "tests/unit/kernel/iommu/vtd_unit.hpp"

namespace tessera::nucleus::test {

using Abilities = VtdUnit::Abilities;

namespace {

constexpr std::uint32_t kDevice = 0x18, kStranger = 0x20;
constexpr unsigned kVector = 0x31;

bool settled(std::optional<std::uint32_t> ticket) { return ticket && dma_units.forgotten(*ticket); }
bool set(const InterruptEntry& entry) { return settled(dma_units.remap(kVector, entry)); }
std::uint64_t message() { return InterruptEntry::message_address(kVector); }

}  // namespace

TEST(a_device_raises_its_own_interrupts_only) {
  VtdUnit unit;
  CHECK_EQ(unit.start(), std::string_view());
  CHECK(!dma_units.remaps());
  CHECK_EQ(unit.interrupts(kStranger, 0xfee0'0000, 0xe0).value_or(0), 0xe0u);  // the hole
  CHECK_EQ(unit.start_remapping(), std::string_view());
  CHECK(dma_units.remaps() && unit.translates());
  CHECK(set(InterruptEntry::of(kVector, 0, false, kDevice)));
  CHECK_EQ(unit.interrupts(kDevice, message()).value_or(0), kVector);
  CHECK(!unit.interrupts(kStranger, message()) && unit.reason() == 0x26);
  CHECK(!unit.interrupts(kDevice, 0xfee0'0000, kVector) && unit.reason() == 0x25);
  CHECK(!unit.interrupts(kDevice, InterruptEntry::message_address(kVector + 1)) && unit.reason() == 0x22);
  CHECK(!unit.interrupts(kDevice, InterruptEntry::message_address(Vtd::kInterruptEntries)) && unit.reason() == 0x21);
}

TEST(an_interrupt_that_went_comes_no_more) {
  VtdUnit unit({.sluggish = 20});
  CHECK(unit.start().empty() && unit.start_remapping().empty());
  while (!set(InterruptEntry::of(kVector, 0, false, kDevice))) {}
  CHECK(unit.interrupts(kDevice, message()));  // and is known from now on
  unit.be_sluggish(1'000'000);
  const auto ticket = dma_units.remap(kVector, {});
  CHECK(!settled(ticket));
  CHECK(unit.interrupts(kDevice, message()));
  unit.be_sluggish(0);
  CHECK(settled(ticket));
  CHECK(!unit.interrupts(kDevice, message()) && unit.reason() == 0x22);
}

TEST(a_muted_interrupt_is_no_fault) {
  VtdUnit unit;
  CHECK(unit.start().empty() && unit.start_remapping().empty());
  CHECK(set(InterruptEntry::of(kVector, 0, false, kDevice)) && unit.interrupts(kDevice, message()));
  CHECK(set(InterruptEntry::silent()));
  CHECK(!unit.interrupts(kDevice, message()) && unit.reason() == 0);
  CHECK(set(InterruptEntry::of(kVector, 0, false, kDevice)) && unit.interrupts(kDevice, message()));
}

TEST(a_unit_that_knows_what_is_not_there_is_told_of_what_is) {
  VtdUnit unit({.caching = true});
  CHECK(unit.start().empty() && unit.start_remapping().empty());
  CHECK(!unit.interrupts(kDevice, message()));
  CHECK(set(InterruptEntry::of(kVector, 0, true, kDevice)));
  CHECK(unit.interrupts(kDevice, message()));
}

// A full queue: it is asked again later.
TEST(a_unit_that_does_nothing_is_not_told_without_end) {
  VtdUnit unit;
  CHECK(unit.start().empty() && unit.start_remapping().empty());
  unit.be_sluggish(~0u);
  unsigned told = 0;
  while (told < 1000 && dma_units.forget_interrupt(kVector)) ++told;
  CHECK(told > 10 && told < 1000);
}

TEST(machines_that_cannot_remap_go_on_without) {
  VtdUnit plain({.remaps = false});
  CHECK(plain.start().empty());
  CHECK_EQ(plain.start_remapping(), std::string_view("has a unit that cannot"));
  CHECK(!dma_units.remaps() && plain.translates());
  VtdUnit unit;
  CHECK(unit.start().empty());
  CHECK_EQ(unit.start_remapping(false), std::string_view("says that the machine cannot"));
  CHECK(!dma_units.remaps() && unit.interrupts(kDevice, 0xfee0'0000, 7));
}

TEST(a_line_names_its_entry) {
  CHECK_EQ(InterruptEntry::line(kVector), kVector << 17 | 1 << 16);
  CHECK_EQ(InterruptEntry::of(kVector, 3, true, 0xf0ff).low, 0x300'0031'0011u);
}

}  // namespace tessera::nucleus::test
