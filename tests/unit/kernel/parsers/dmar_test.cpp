// SPDX-License-Identifier: Apache-2.0
// read_dmar: a machine's IOMMUs, damaged tables, and mutations.
#include "kernel/iommu/dmar.hpp"
#include "tests/support/check.hpp"
#include "tests/unit/kernel/fixture/random.hpp"
#include "tests/unit/kernel/parsers/dmar_builder.hpp"

namespace tessera::nucleus::test {

TEST(dmar_tells_units_and_io_apics) {
  AcpiTable table = dmar();
  add_unit(table, 0xfed9'0000);
  table.add(std::uint16_t{1}).add(std::uint16_t{24}).zeros(20);  // reserved memory
  add_unit(table, 0xfed9'1000);
  const DmarFacts facts = read_dmar(table.bytes());
  CHECK(facts.why.empty() && facts.interrupt_remapping);
  CHECK_EQ(facts.unit_count, 2);
  CHECK(facts.units[0] == 0xfed9'0000 && facts.units[1] == 0xfed9'1000);
  CHECK_EQ(facts.io_apic_count, 2);
  CHECK(facts.io_apics[0].id == 2 && facts.io_apics[0].device == 0xfff1);
}

TEST(dmar_says_what_is_wrong) {
  const auto why = [](auto change) {
    AcpiTable table = dmar();
    change(table);
    const DmarFacts facts = read_dmar(table.bytes());
    CHECK_EQ(facts.unit_count, 0);
    return facts.why;
  };
  CHECK_EQ(why([](AcpiTable& table) { table.bytes().resize(40); }), std::string_view("is damaged"));
  CHECK_EQ(why([](AcpiTable& table) { table.add(std::uint16_t{0}); }), std::string_view("is damaged"));
  CHECK_EQ(why([](AcpiTable& table) { table.add(std::uint16_t{0}).add(std::uint16_t{3}); }), std::string_view("is damaged"));
  CHECK_EQ(why([](AcpiTable& table) { table.add(std::uint16_t{0}).add(std::uint16_t{8}).zeros(4); }), std::string_view("is damaged"));
  CHECK_EQ(why([](AcpiTable& table) { table.add(std::uint16_t{7}).add(std::uint16_t{80}); }), std::string_view("is damaged"));
  CHECK(why([](AcpiTable& table) { add_unit(table, 0xfed9'0010); }).starts_with("has a unit whose registers"));
  CHECK(why([](AcpiTable& table) { add_unit(table, 0); }).starts_with("has a unit whose registers"));
  CHECK(why([](AcpiTable& table) { add_unit(table, std::uint64_t{1} << 60); }).starts_with("has a unit whose registers"));
  CHECK(why([](AcpiTable& table) { add_unit(table, 0xfed9'0000, 1); }).starts_with("has units for other segments"));
  CHECK(why([](AcpiTable& table) {
    add_unit(table, 0xfed9'0000);
    add_unit(table, 0xfed9'0000);
  }) == "has two units with the same registers");
  CHECK(why([](AcpiTable& table) {
    for (std::uint64_t i = 0; i < 9; ++i) add_unit(table, 0xfed9'0000 + i * 4096);
  }) == "has too many units");
  CHECK_EQ(why([](AcpiTable&) {}), std::string_view());
}

TEST(dmar_survives_mutations) {
  Random random(seed_or(9));
  for (unsigned round = 0; round < 20000; ++round) {
    AcpiTable table = dmar();
    for (std::uint64_t i = 0; i < random.below(4); ++i) add_unit(table, 0xfed9'0000 + i * 4096);
    for (std::uint64_t change = 0; change < 1 + random.below(5); ++change) {
      table.set(random.below(table.bytes().size()), static_cast<std::uint8_t>(random.next()));
    }
    if (random.one_in(3)) table.bytes().resize(random.below(table.bytes().size() + 1));
    const DmarFacts facts = read_dmar(table.bytes());
    CHECK(facts.unit_count <= facts.units.size() && facts.io_apic_count <= facts.io_apics.size());
    CHECK(facts.why.empty() || facts.unit_count == 0);
    for (const std::uint64_t unit : facts.all()) CHECK(unit % 4096 == 0 && unit != 0 && unit >> 48 == 0);
  }
}

}  // namespace tessera::nucleus::test
