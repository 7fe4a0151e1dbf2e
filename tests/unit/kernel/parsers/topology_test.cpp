// SPDX-License-Identifier: Apache-2.0
// read_topology: machines with nodes of all shapes, tables that contradict themselves,
// and mutations.
#include <algorithm>
#include <string>
#include <vector>

#include "kernel/arch/hosted/hosted.hpp"
#include "kernel/arch/x86_64/topology.hpp"
#include "tests/support/check.hpp"
#include "tests/unit/kernel/fixture/random.hpp"
#include "tests/unit/kernel/parsers/acpi_table.hpp"

namespace tessera::nucleus::test {

namespace {

constexpr std::uint64_t kMiB = 1 << 20, kGiB = 1 << 30;

// A machine of 4 GiB with a hole below 4 GiB, and so many cores.
struct Machine {
  BootFacts boot;
  arch::AcpiFacts acpi;
  explicit Machine(std::vector<std::uint32_t> apic_ids) {
    add_ram(boot, 0, 0x9fc00);
    add_ram(boot, kMiB, 3 * kGiB - kMiB);
    add_ram(boot, 4 * kGiB, kGiB);
    acpi.cores = static_cast<std::uint32_t>(apic_ids.size());
    std::ranges::copy(apic_ids, acpi.core_ids.begin());
    arch::hosted::reset();
  }
  Topology read(const AcpiTable& srat) {
    acpi.affinity = srat.bytes();
    return read_topology(acpi, boot);
  }
  Topology read(const AcpiTable& srat, const AcpiTable& slit) {
    acpi.distances = slit.bytes();
    return read(srat);
  }
};

const std::string& log_text() { return arch::hosted::log_text(); }

// As QEMU makes it for two nodes, with entries that do not count.
Srat two_nodes(std::uint32_t first = 0, std::uint32_t second = 1) {
  Srat srat;
  srat.core(0, first).core(1, second).core(2, second).core(9, 5, 0).core(8, second);
  srat.memory(0, 640 * 1024, first).memory(kMiB, 2 * kGiB - kMiB, first);
  srat.memory(2 * kGiB, kGiB, second).memory(4 * kGiB, kGiB, second).memory(0, 0, 0, 0).memory(kGiB, kGiB, 7, 0);
  return srat;
}

bool is_one_node(const Topology& topology) {
  return topology.node_count == 1 && topology.part_count == 0 && topology.core_count == 0 && topology.distances[0][0] == 10;
}

void check_topology(const Topology& topology) {
  CHECK(topology.node_count >= 1 && topology.node_count <= kMostNodes);
  PhysAddr end{};
  for (const NodeMemory& part : topology.memory()) {
    CHECK(end <= part.range.start && !part.range.empty() && part.node < topology.node_count);
    CHECK(aligned(part.range.start.value | part.range.end.value, kPageBytes));
    end = part.range.end;
  }
  CHECK(topology.core_count <= topology.cores.size());
  for (const NodeCore& core : std::span(topology.cores).first(topology.core_count)) CHECK(core.node < topology.node_count);
  for (std::size_t from = 0; from < topology.node_count; ++from) {
    for (std::size_t to = 0; to < topology.node_count; ++to) {
      CHECK(from == to ? topology.distances.at(from).at(to) == 10 : topology.distances.at(from).at(to) > 10);
    }
  }
}

}  // namespace

TEST(topology_without_a_table_is_one_node) {
  Machine machine({0, 1});
  CHECK(is_one_node(read_topology(machine.acpi, machine.boot)));
  CHECK(is_one_node(machine.read(Srat().core(0, 3).core(1, 3).memory(0, 8 * kGiB, 3))));
  CHECK_EQ(log_text(), std::string());
}

TEST(topology_of_two_nodes) {
  Machine machine({0, 1, 2});
  const Topology topology = machine.read(two_nodes(), slit(2, {10, 21, 35, 10}));
  CHECK_EQ(log_text(), std::string());
  check_topology(topology);
  CHECK_EQ(topology.node_count, 2);
  CHECK_EQ(topology.part_count, 4);
  CHECK_EQ(topology.parts[2].range.start.value, 2 * kGiB);
  CHECK_EQ(topology.parts[2].node, 1);
  CHECK_EQ(topology.node_of_core(0), 0);
  CHECK_EQ(topology.node_of_core(1), 1);
  CHECK_EQ(topology.node_of_core(2), 1);
  CHECK_EQ(topology.distances[0][1], 21);
  CHECK_EQ(topology.distances[1][0], 35);
}

// Numbers of domains need not follow each other; nodes do, in their order.
TEST(topology_of_far_domains) {
  Machine machine({0, 1, 300});
  Srat srat = two_nodes(0x1'0007, 3);
  srat.core2(300, 9);
  const Topology topology = machine.read(srat.core2(1, 3));  // said twice, the same
  CHECK_EQ(log_text(), std::string());
  check_topology(topology);
  CHECK_EQ(topology.node_count, 3);
  CHECK_EQ(topology.node_of_core(0), 2);
  CHECK_EQ(topology.node_of_core(1), 0);
  CHECK_EQ(topology.node_of_core(300), 1);  // a node without memory
  CHECK_EQ(topology.parts[0].node, 2);
  CHECK_EQ(topology.distances[1][2], 20);
  // The table of distances has the domains' numbers.
  std::vector<std::uint8_t> distances(10 * 10, 10);
  for (std::uint8_t from = 0; from < 10; ++from) {
    for (std::uint8_t to = 0; to < 10; ++to) {
      if (from != to) distances[from * 10u + to] = static_cast<std::uint8_t>(100 + from * 10 + to);
    }
  }
  Srat near;
  near.core(0, 4).core(1, 9).core2(300, 9).memory(0, 8 * kGiB, 4);
  const Topology told = machine.read(near, slit(10, distances));
  check_topology(told);
  CHECK_EQ(told.distances[0][1], 149);
  CHECK_EQ(told.distances[1][0], 194);
}

TEST(topology_of_an_old_table_has_domains_of_eight_bits) {
  Machine machine({0, 1});
  Srat srat(1);
  srat.core(0, 0xaabbcc00).core2(1, 0xaabbcc01).memory(0, 2 * kGiB, 0xaabb'0000).memory(2 * kGiB, 3 * kGiB, 0xddee'0001);
  const Topology topology = machine.read(srat);
  CHECK_EQ(log_text(), std::string());
  CHECK_EQ(topology.node_count, 2);
  CHECK_EQ(topology.node_of_core(1), 1);
}

TEST(topology_of_odd_nodes) {
  Machine machine({0, 1});
  Srat srat;
  // Node 1 has no core. Domain 2 has memory that is not plugged in, domain 3 only a core that is not there.
  srat.core(0, 0).core(1, 0).core(7, 3).memory(0, 3 * kGiB, 0).memory(3 * kGiB, 2 * kGiB, 1).memory(16 * kGiB, kGiB, 2, 3);
  Topology topology = machine.read(srat);
  check_topology(topology);
  CHECK_EQ(topology.node_count, 2);
  CHECK_EQ(topology.part_count, 2);
  // What can be taken out and is there counts; a node's parts may overlap, and need not be whole pages.
  Srat other;
  other.core(0, 0).core(1, 0).memory(0, 2 * kGiB + 5, 0, 3).memory(kGiB, kGiB, 0).memory(2 * kGiB + 5, 3 * kGiB, 1, 3);
  topology = machine.read(other);
  check_topology(topology);
  CHECK_EQ(topology.node_count, 2);
  CHECK_EQ(topology.part_count, 2);
  CHECK_EQ(topology.parts[0].range.end.value, 2 * kGiB + kPageBytes);
  CHECK_EQ(topology.parts[1].range.start.value, 2 * kGiB + kPageBytes);
  CHECK_EQ(log_text(), std::string());
}

TEST(topology_disbelieves) {
  Machine machine({0, 1, 2});
  const auto refused = [&](const AcpiTable& srat, std::string_view why) {
    arch::hosted::log_text().clear();
    CHECK(is_one_node(machine.read(srat)));
    const std::string line = "nucleus: the table of nodes (SRAT) " + std::string(why) + ": the machine is taken as one node\n";
    CHECK(log_text().ends_with(line));
    CHECK_EQ(std::ranges::count(log_text(), '\n'), 1);
  };
  refused(AcpiTable("SRAT", 3), "is too short");
  refused(two_nodes().core(1, 0), "has a core twice");
  refused(two_nodes().core2(2, 0), "has a core twice");
  refused(two_nodes().memory(2 * kGiB + kMiB, 5000, 0), "has memory in two nodes");
  refused(two_nodes().memory(0, 100 * kGiB, 6), "has memory in two nodes");
  refused(two_nodes().memory(~std::uint64_t{0}, kGiB, 6), "has memory where none can be");
  refused(two_nodes().memory(8 * kGiB, ~std::uint64_t{0} - kGiB, 6), "has memory where none can be");
  refused(Srat().core(0, 0).core(1, 1).memory(0, 5 * kGiB, 0), "leaves out a core");
  refused(Srat().core(0, 0).core(1, 1).core(2, 1, 0).memory(0, 5 * kGiB, 0), "leaves out a core");
  refused(Srat().core(0, 0).core(1, 1).core(2, 1).memory(0, 4 * kGiB, 0), "leaves out RAM");
  refused(two_nodes().add(std::uint8_t{0}), "is damaged");
  refused(two_nodes().add(std::uint16_t{0}), "is damaged");
  refused(two_nodes().add(std::uint16_t{0x0300}), "is damaged");
  refused(two_nodes().add(std::uint16_t{0x0800}).zeros(6), "is damaged");  // a core's entry, cut short
  Srat parts = two_nodes();
  for (std::uint64_t i = 0; i < 64; ++i) parts.memory((100 + i) * kGiB, kMiB, 0);
  refused(parts, "has too many parts of memory");
  std::vector<std::uint32_t> ids;
  Srat many;
  many.memory(0, 8 * kGiB, 0);
  for (std::uint8_t i = 0; i < 17; ++i) {
    ids.push_back(i);
    many.core(i, i);
  }
  machine = Machine(ids);
  refused(many, "has too many nodes");
  machine = Machine({0, 1, 2});
  CHECK_EQ(machine.read(two_nodes().add(std::uint16_t{0x0863}).zeros(6)).node_count, 2);  // of a kind to come
}

TEST(topology_guesses_distances) {
  Machine machine({0, 1, 2});
  const auto guessed = [&](const AcpiTable& table, std::string_view why) {
    arch::hosted::log_text().clear();
    const Topology topology = machine.read(two_nodes(), table);
    check_topology(topology);
    CHECK_EQ(topology.node_count, 2);
    CHECK(topology.distances[0][1] == 20 && topology.distances[1][0] == 20);
    CHECK(log_text().ends_with("(SLIT) " + std::string(why) + ": all nodes are taken as equally far apart\n"));
  };
  guessed(AcpiTable("SLIT", 1), "is too short");
  guessed(slit(2, {10, 20, 20}), "is damaged");
  guessed(slit(3, {10, 20, 20, 10}), "is damaged");
  guessed(slit(std::uint64_t{1} << 32, {10, 20, 20, 10}), "is damaged");
  guessed(slit(~std::uint64_t{0}, {10, 20, 20, 10}), "is damaged");
  guessed(slit(1, {10}), "leaves out a node");
  guessed(slit(0, {}), "leaves out a node");
  guessed(slit(2, {10, 30, 30, 11}), "makes no sense");
  guessed(slit(2, {10, 30, 10, 10}), "makes no sense");
  guessed(slit(2, {10, 30, 0, 10}), "makes no sense");
}

TEST(topology_survives_truncation) {
  Machine machine({0, 1, 2});
  const Srat whole = two_nodes();
  const AcpiTable distances = slit(2, {10, 20, 20, 10});
  for (std::size_t size = 0; size < whole.bytes().size(); ++size) {
    Srat part = whole;
    part.bytes().resize(size);
    part.bytes().shrink_to_fit();  // so that a read behind it is seen
    check_topology(machine.read(part, distances));
  }
  for (std::size_t size = 0; size < distances.bytes().size(); ++size) {
    AcpiTable part = distances;
    part.bytes().resize(size);
    part.bytes().shrink_to_fit();
    check_topology(machine.read(whole, part));
  }
}

TEST(topology_survives_mutations) {
  Random random(seed_or(7));
  static constexpr std::array<std::uint64_t, 8> kOdd{0, 1, 0xfff, 0x8000'0000, ~std::uint64_t{0}, 2 * kGiB, std::uint64_t{1} << 52, 0x2801};
  unsigned believed = 0;
  const auto mutate = [&](AcpiTable& table) {
    for (std::uint64_t change = 0; change < random.below(4); ++change) {
      const std::size_t at = 36 + random.below(table.bytes().size() - 36 - 8);
      if (random.one_in(2)) table.set(at, kOdd.at(random.below(kOdd.size())));
      else table.set(at, static_cast<std::uint8_t>(random.next()));
    }
    if (random.one_in(8)) table.bytes().resize(random.below(table.bytes().size()));
  };
  for (unsigned round = 0; round < 30'000; ++round) {
    Machine machine({0, 1, 2, static_cast<std::uint32_t>(random.below(10))});
    if (random.one_in(4)) machine.acpi.cores = static_cast<std::uint32_t>(random.next());
    Srat srat = two_nodes();
    AcpiTable distances = slit(2, {10, 21, 21, 10});
    mutate(srat);
    mutate(distances);
    const Topology topology = machine.read(srat, distances);
    check_topology(topology);
    if (topology.node_count > 1) ++believed;
    else CHECK(is_one_node(topology));
  }
  CHECK(believed > 1000 && believed < 29'000);
}

}  // namespace tessera::nucleus::test
