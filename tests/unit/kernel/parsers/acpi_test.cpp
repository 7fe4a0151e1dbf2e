// SPDX-License-Identifier: Apache-2.0
// read_acpi: a machine's tables, damaged ones, and mutations.
#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

#include "kernel/arch/hosted/hosted.hpp"
#include "kernel/arch/x86_64/acpi.hpp"
#include "tests/support/check.hpp"
#include "tests/unit/kernel/fixture/random.hpp"
#include "tests/unit/kernel/parsers/acpi_table.hpp"

namespace tessera::nucleus::test {

namespace {

// Memory in the first 4 GiB, more than the longest table behind the last of them.
class LowMemory {
 public:
  LowMemory() {
    void* const start = ::mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
    if (start == MAP_FAILED) std::abort();
    bytes_ = direct_span<std::byte>(physical(start), kBytes);
  }
  LowMemory(const LowMemory&) = delete;
  LowMemory& operator=(const LowMemory&) = delete;
  ~LowMemory() { ::munmap(bytes_.data(), kBytes); }

  std::uint64_t put(const std::vector<std::byte>& table) {
    std::ranges::copy(table, bytes_.subspan(used_).begin());
    const std::uint64_t at = physical(bytes_.data()).value + used_;
    used_ += align_up(table.size(), 16);
    return at;
  }

 private:
  static constexpr std::size_t kBytes = 8 << 20;
  std::span<std::byte> bytes_;
  std::size_t used_ = 0;
};

AcpiTable madt() {
  AcpiTable table("APIC", 4);
  table.add(0xfee0'0000u).add(1u);
  for (std::uint8_t id = 0; id < 3; ++id) table.add(std::uint16_t{0x0800}).add(id).add(id).add(id == 1 ? 0u : 1u);
  table.add(std::uint16_t{0x1009}).zeros(2).add(300u).add(1u).zeros(4);
  table.add(std::uint16_t{0x0c01}).add(std::uint8_t{4}).zeros(1).add(0xfec0'0000u).add(24u);
  table.add(std::uint16_t{0x0a02}).zeros(2).add(9u).add(std::uint16_t{0xf});
  return table;
}

// FADT with PM1a control at port 0x604; the DSDT's address is set later.
AcpiTable fadt() { return AcpiTable("FACP", 3).zeros(80).set(64, 0x604u); }

AcpiTable dsdt() {
  AcpiTable table("DSDT", 1);
  for (const char letter : std::string_view("_S5_")) table.add(letter);
  return table.add(std::uint8_t{0x12}).add(std::uint16_t{0x0406}).add(std::uint16_t{0x050a}).zeros(8);
}

// Another segment's, one that makes no sense, and buses 2 to 63 of the first.
AcpiTable mcfg() {
  AcpiTable table("MCFG", 1);
  const auto add = [&](std::uint64_t base, std::uint16_t segment, std::uint8_t first, std::uint8_t last) {
    table.add(base).add(segment).add(first).add(last).add(std::uint32_t{0});
  };
  table.add(std::uint64_t{0});
  add(0xc000'0000, 1, 0, 255);
  add(0xd000'0000, 0, 9, 8);
  add(0xe000'0000, 0, 2, 63);
  return table;
}

struct Tables {
  AcpiTable madt = test::madt(), fadt = test::fadt(), mcfg = test::mcfg(), dsdt = test::dsdt(), srat = Srat().core(0, 0), slit = test::slit(1, {10});

  AcpiTable* damaged = nullptr;         // this one's sum does not hold
  std::optional<std::uint32_t> length;  // all lie about theirs

  arch::AcpiFacts read() {
    LowMemory memory;
    const auto place = [&](AcpiTable& table) {
      table.seal();
      if (&table == damaged) table.bytes().back() ^= std::byte{1};
      if (length) table.set(4, *length);
      return memory.put(table.bytes());
    };
    fadt.set(40, static_cast<std::uint32_t>(place(dsdt)));
    AcpiTable list("XSDT", 1);
    for (AcpiTable* table : {&madt, &fadt, &mcfg, &srat, &slit}) list.add(place(*table));
    list.add(std::uint64_t{0}).add(~std::uint64_t{0}).add(std::uint64_t{0xffff'ffff});  // not where tables can be
    AcpiTable root("RSD ", 0);
    root.set(4, std::uint32_t{0x20525450}).set(15, std::uint8_t{2}).set(24, memory.put(list.seal().bytes()));
    PhysAddr root_pointer{memory.put(root.bytes())};
    arch::AcpiFacts facts = arch::read_acpi(root_pointer);
    // What is seen of tables is gone with the memory: copies stay.
    for (auto* seen : {&facts.affinity, &facts.distances}) {
      kept_.emplace_back(seen->begin(), seen->end());
      *seen = kept_.back();
    }
    return facts;
  }

 private:
  std::vector<std::vector<std::byte>> kept_;
};

}  // namespace

TEST(acpi_reads_a_machine) {
  arch::hosted::reset();
  Tables tables;
  const arch::AcpiFacts facts = tables.read();
  CHECK_EQ(facts.cores, 3u);
  CHECK_EQ(facts.core_ids[0], 0u);
  CHECK_EQ(facts.core_ids[1], 2u);
  CHECK_EQ(facts.core_ids[2], 300u);
  CHECK_EQ(facts.io_apic_count, 1);
  CHECK_EQ(facts.io_apics[0].address, 0xfec0'0000u);
  CHECK_EQ(facts.io_apics[0].first, 24u);
  CHECK_EQ(facts.override_count, 1);
  CHECK(facts.overrides[0].source == 9 && facts.overrides[0].level && facts.overrides[0].active_low);
  CHECK_EQ(facts.pci.configuration.value, 0xe020'0000u);
  CHECK(facts.pci.first == 2 && facts.pci.last == 63);
  CHECK_EQ(facts.power_port, 0x604);
  CHECK_EQ(facts.power_value, 5 << 10 | 1 << 13);
  CHECK(std::ranges::equal(facts.affinity, tables.srat.bytes()));
  CHECK(std::ranges::equal(facts.distances, tables.slit.bytes()));
  CHECK_EQ(arch::hosted::log_text(), std::string());
}

TEST(acpi_says_what_is_damaged) {
  arch::hosted::reset();
  Tables tables;
  tables.damaged = &tables.srat;
  const arch::AcpiFacts facts = tables.read();
  CHECK(facts.affinity.empty() && !facts.distances.empty());
  CHECK_EQ(facts.cores, 3u);
  CHECK_EQ(std::ranges::count(arch::hosted::log_text(), '\n'), 1);
  CHECK(arch::hosted::log_text().find("nucleus: the ACPI table at 0x") != std::string::npos);
  CHECK(arch::hosted::log_text().ends_with(" is damaged: not used\n"));
}

// With sums that hold, so that what is behind them is reached.
TEST(acpi_survives_mutations) {
  Random random(seed_or(8));
  arch::hosted::reset();
  static constexpr std::array<std::uint32_t, 5> kOdd{0, 1, 0xff, 0x7fff'ffff, 0xffff'ffff};
  for (unsigned round = 0; round < 3000; ++round) {
    Tables tables;
    const std::array all{&tables.madt, &tables.fadt, &tables.mcfg, &tables.dsdt, &tables.srat, &tables.slit};
    for (std::uint64_t change = 0; change < 1 + random.below(6); ++change) {
      AcpiTable& table = *all.at(random.below(all.size()));
      const std::size_t at = 36 + random.below(table.bytes().size() - 36 - 4);
      if (random.one_in(2)) table.set(at, kOdd.at(random.below(kOdd.size())));
      else table.set(at, static_cast<std::uint8_t>(random.next()));
      if (random.one_in(6)) table.bytes().resize(std::max<std::size_t>(44, random.below(table.bytes().size())));
    }
    tables.fadt.bytes().resize(116);
    const arch::AcpiFacts facts = tables.read();
    CHECK(facts.cores >= 1 && facts.io_apic_count <= facts.io_apics.size() && facts.override_count <= facts.overrides.size());
  }
}

// Heads that lie about their lengths.
TEST(acpi_survives_lengths) {
  arch::hosted::reset();
  for (const std::uint32_t bytes : {0u, 1u, 35u, 36u, 43u, 44u, 45u, 4u << 20, (4u << 20) + 1, 0xffff'ffffu}) {
    Tables tables;
    tables.length = bytes;
    const arch::AcpiFacts facts = tables.read();
    CHECK(facts.affinity.empty() && facts.power_port == 0 && facts.cores == 1);
  }
}

}  // namespace tessera::nucleus::test
