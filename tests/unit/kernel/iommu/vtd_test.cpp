// SPDX-License-Identifier: Apache-2.0
// Vtd: how a unit is turned on, and refused; faults.
#include "tests/support/check.hpp"
#include "tests/unit/kernel/iommu/vtd_unit.hpp"

namespace tessera::nucleus::test {

using Abilities = VtdUnit::Abilities;

TEST(a_unit_that_is_on_lets_nothing_through) {
  VtdUnit unit;
  CHECK(unit.reaches(0x18, 0x1000, true));
  CHECK_EQ(unit.start(), std::string_view());
  CHECK(dma_units.present() && unit.translates());
  CHECK_EQ(dma_units.levels(), 4u);
  CHECK(dma_units.large() && !dma_units.knows_nothing());
  for (const std::uint32_t device : {0u, 0x18u, 0x100u, 0xffffu}) CHECK(!unit.reaches(device, 0x1000, false));
  CHECK(dma_units.reserves(PhysAddr{0xfed9'0000}, kPageBytes) && dma_units.reserves(PhysAddr{0xfed0'0000}, 1 << 20));
  CHECK(!dma_units.reserves(PhysAddr{0xfed9'1000}, kPageBytes));
}

TEST(units_that_cannot_be_used_are_left_alone) {
  for (const Abilities abilities : {Abilities{.queue = false}, Abilities{.write_buffers = true}, Abilities{.depths = 8}}) {
    VtdUnit unit(abilities);
    CHECK(!unit.start().empty());
    CHECK(!dma_units.present() && !unit.translates());
  }
  VtdUnit deaf({.obeys = false});
  CHECK_EQ(deaf.start(), std::string_view("has a unit that does not do what it is told"));
  CHECK(!dma_units.present());
}

TEST(tables_have_the_depth_that_the_unit_has) {
  VtdUnit unit({.large = false, .depths = 2, .address_bits = 39});
  CHECK_EQ(unit.start(), std::string_view());
  CHECK_EQ(dma_units.levels(), 3u);
  CHECK_EQ(dma_units.limit(), std::uint64_t{1} << 39);
  CHECK(!dma_units.large());
}

// A boot loader may have used it.
TEST(a_unit_that_is_on_already_is_turned_off_first) {
  VtdUnit unit;
  unit.write(0x18, 1u << 31 | 1u << 26);
  unit.write(0x1c, 1u << 31 | 1u << 26);
  CHECK_EQ(unit.start(), std::string_view());
  CHECK(unit.translates() && !unit.reaches(3, 0x1000, false));
}

TEST(faults_are_taken_one_by_one) {
  VtdUnit unit;
  CHECK_EQ(unit.start(), std::string_view());
  CHECK(!dma_units.take_fault());
  CHECK(unit.record(0x18, 0x1234'5678, true, 5) && unit.record(0x20, 0x2000, false, 6));
  CHECK(!unit.record(0x28, 0, false, 6));
  unit.write(0x34, 1);  // more were lost
  const auto first = dma_units.take_fault();
  unit.settle_faults();
  unit.write(0x34, 0);
  const auto second = dma_units.take_fault();
  unit.settle_faults();
  CHECK(first && second && !dma_units.take_fault());
  CHECK(first->kind == DmaFault::Kind::write && first->device == 0x18 && first->address == 0x1234'5000 && first->reason == 5 && first->lost);
  CHECK(second->kind == DmaFault::Kind::read && second->device == 0x20 && second->address == 0x2000 && second->reason == 6 && !second->lost);
  dma_units.tell_faults(0xfee0'1000, 0x55);
  CHECK_EQ(unit.read(0x3c), 0x55u);
  CHECK_EQ(unit.read(0x40), 0xfee0'1000u);
  CHECK_EQ(unit.read(0x38), 0u);
  dma_units.keep_faults();
  CHECK_EQ(unit.read(0x38), 1u << 31);
}

}  // namespace tessera::nucleus::test
