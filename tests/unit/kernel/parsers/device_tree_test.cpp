// SPDX-License-Identifier: Apache-2.0
// DeviceTree and read_machine: a machine's tree, each rule of the format broken once, and
// mutations.
#include <array>
#include <cstring>
#include <string>
#include <vector>

#include "foreign/device_tree_copy.hpp"
#include "kernel/boot/arm_machine.hpp"
#include "tests/support/check.hpp"
#include "tests/unit/kernel/fixture/random.hpp"
#include "tests/unit/kernel/parsers/tree_builder.hpp"

namespace tessera::nucleus::test {

namespace {

using foreign::DeviceTree;

struct Read {
  BootFacts boot;
  TreeFacts tree;
  MachineFacts machine;
  bool opened = false;
};

Read read(const std::vector<std::byte>& bytes) {
  Read result;
  const auto tree = DeviceTree::open(bytes);
  result.opened = tree.has_value();
  if (!tree) return result;
  read_tree(*tree, result.boot, result.tree);
  read_machine(*tree, result.boot, result.machine);
  return result;
}

bool opens(Tree tree) { return DeviceTree::open(tree.bytes()).has_value(); }

}  // namespace

TEST(device_tree_of_a_machine) {
  const Read got = read(machine_tree().bytes());
  CHECK(got.opened && got.boot.error.empty());
  CHECK_EQ(got.boot.ram_count, 2);
  CHECK_EQ(got.boot.ram[0].start.value, 0x4000'0000);
  CHECK_EQ(got.boot.ram[1].end.value, 0x1'4000'0000);
  CHECK_EQ(got.boot.bundle.bytes(), 0x2345);
  CHECK(std::string_view(got.boot.command_line.data()) == "nokaslr");
  CHECK_EQ(got.tree.core_count, 2);
  CHECK_EQ(got.tree.cores[1], 0x100);
  CHECK(got.machine.conduit == Conduit::hypervisor);
  CHECK_EQ(got.machine.distributor.start.value, 0x800'0000);
  CHECK_EQ(got.machine.redistributor_count, 1);
  CHECK_EQ(got.machine.redistributors[0].bytes(), 0xf6'0000);
  CHECK_EQ(got.machine.timer_interrupt, 27);
  CHECK_EQ(got.machine.uart.start.value, 0x900'0000);
  CHECK_EQ(got.tree.reserved_count, 2);
  CHECK_EQ(got.tree.reserved[0].start.value, 0x4100'0000);
  CHECK_EQ(got.tree.reserved[1].start.value, 0x4800'0000);
  CHECK_EQ(got.tree.seed, 0x1'0000'0002);
}

TEST(device_tree_of_a_machine_with_an_older_controller) {
  for (const std::string_view controller : {"arm,cortex-a15-gic", "arm,gic-400"}) {
    const Read got = read(machine_tree(controller).bytes());
    CHECK(got.opened && got.boot.error.empty());
    CHECK_EQ(got.machine.distributor.start.value, 0x800'0000);
    CHECK_EQ(got.machine.interface.start.value, 0x80a'0000);
    CHECK_EQ(got.machine.redistributor_count, 0);
  }
}

TEST(device_tree_frame_of_messages) {
  const auto frame = [](std::initializer_list<std::uint32_t> first, std::initializer_list<std::uint32_t> count) {
    Tree tree;
    tree.begin("").property("#address-cells", {2}).property("#size-cells", {2});
    tree.begin("v2m@8020000").property("compatible", "arm,gic-v2m-frame").property("reg", {0, 0x802'0000, 0, 0x1000});
    if (first.size() != 0) tree.property("arm,msi-base-spi", first).property("arm,msi-num-spis", count);
    tree.end().end();
    return read(tree.bytes()).machine;
  };
  constexpr std::uint32_t kEnd = 256;
  const MachineFacts by_register = frame({}, {}), by_tree = frame({100}, {20});
  CHECK_EQ(by_register.message_frame.start.value, 0x802'0000);
  CHECK_EQ(by_register.message_frame.bytes(), 0x1000);
  const auto lines = [](const MachineFacts& machine, std::uint32_t told) { return message_lines_of(machine, told, kEnd); };
  const MessageLines told = lines(by_register, 80 << 16 | 64), in_tree = lines(by_tree, 80 << 16 | 64);
  CHECK(told.first == 80 && told.count == 64);
  CHECK(in_tree.first == 100 && in_tree.count == 20);
  // Others than devices' lines, and lines that the controller does not have.
  CHECK_EQ(lines(by_register, 31 << 16 | 4).count, 0);
  CHECK_EQ(lines(by_register, 32 << 16 | 4).count, 4);
  CHECK_EQ(lines(by_register, 80 << 16).count, 0);
  CHECK_EQ(lines(by_register, 192 << 16 | 64).count, 64);
  CHECK_EQ(lines(by_register, 193 << 16 | 64).count, 0);
  CHECK_EQ(lines(by_register, ~0u).count, 0);
  CHECK_EQ(lines(frame({0xffff'ffff}, {2}), 80 << 16 | 64).first, 80);  // makes no sense: the register counts
  CHECK_EQ(lines(frame({250}, {7}), 80 << 16 | 64).count, 0);
}

TEST(device_tree_of_nodes) {
  const Read got = read(tree_of_nodes(0x5000'0000, {3, 3, 10, 3, 7, 40, 7, 9, 50, 9, 7, 60}).bytes());
  const Topology& topology = got.tree.topology;
  CHECK(got.tree.bad_nodes.empty() && got.tree.bad_distances.empty());
  CHECK_EQ(topology.node_count, 3);
  CHECK_EQ(topology.part_count, 3);
  CHECK(topology.parts[0].node == 1 && topology.parts[1].node == 0 && topology.parts[2].node == 2);
  CHECK_EQ(topology.node_of_core(0), 2);
  CHECK_EQ(topology.node_of_core(1), 0);
  CHECK(topology.distances[0][1] == 40 && topology.distances[1][0] == 40);  // the way back is not told
  CHECK(topology.distances[1][2] == 50 && topology.distances[2][1] == 60);
  CHECK_EQ(topology.distances[0][2], Topology::kOtherDistance);
}

TEST(device_tree_nodes_that_are_not_believed) {
  const Read nodes = read(tree_of_nodes(0x6800'0000, {}).bytes());
  CHECK(nodes.tree.bad_nodes == "has memory in two nodes");
  CHECK_EQ(nodes.tree.topology.node_count, 1);
  for (const std::uint32_t distance : {0u, 10u, 256u}) {
    const Read distances = read(tree_of_nodes(0x5000'0000, {3, 7, distance}).bytes());
    CHECK(distances.tree.bad_distances == "makes no sense");
    CHECK_EQ(distances.tree.topology.distances[0][1], Topology::kOtherDistance);
  }
}

TEST(device_tree_takes_reserved_memory_out_of_ram) {
  Read got = read(machine_tree().bytes());
  for (std::size_t i = 0; i < got.tree.reserved_count; ++i) reserve_ram(got.boot, got.tree.reserved[i]);
  CHECK_EQ(got.boot.ram_count, 4);
  CHECK_EQ(got.boot.ram[0].end.value, 0x4100'0000);
  CHECK_EQ(got.boot.ram[1].start.value, 0x4110'0000);
  CHECK_EQ(got.boot.ram[2].start.value, 0x4800'1000);
  reserve_ram(got.boot, {PhysAddr{0}, PhysAddr{~std::uint64_t{0} >> 16}});
  CHECK_EQ(got.boot.ram_count, 0);
}

TEST(device_tree_without_what_is_needed) {
  const auto error_without = [](std::string_view name) {
    std::vector<std::byte> bytes = machine_tree().bytes();
    // The compatible string, or property name, is made another.
    for (std::size_t at = 0; at + name.size() <= bytes.size(); ++at) {
      if (std::memcmp(&bytes[at], name.data(), name.size()) == 0) bytes[at] = std::byte{'?'};
    }
    return std::string(read(bytes).boot.error);
  };
  CHECK(error_without("linux,initrd-end").find("no bundle") != std::string::npos);
  CHECK(error_without("device_type").find("no memory") != std::string::npos);
  CHECK(error_without("arm,gic-v3").find("GICv3") != std::string::npos);
  CHECK(read(machine_tree("arm,pl390").bytes()).boot.error.contains("no interrupt controller that this nucleus knows"));
  CHECK(error_without("arm,armv8-timer").find("timer") != std::string::npos);
}

TEST(device_tree_breaks_a_rule) {
  CHECK(opens(Tree().begin("").end()));
  CHECK(!opens(Tree()));                                        // no root
  CHECK(!opens(Tree().begin("")));                              // not ended
  CHECK(!opens(Tree().begin("").end().end()));                  // ended twice
  CHECK(!opens(Tree().begin("").end().begin("").end()));        // two roots
  CHECK(!opens(Tree().property("a", {1}).begin("").end()));     // a property of nothing
  CHECK(!opens(Tree().begin("").cell(7).end()));                // no such token
  CHECK(!opens(Tree().begin("").cell(3).cell(0x7fff'fff0).cell(0).end()));  // longer than all
  CHECK(!opens(Tree().begin("").cell(3).cell(4).cell(0x10'0000).cell(0).end()));  // a name that is nowhere
  Tree deep;
  for (unsigned i = 0; i < DeviceTree::kMostDepth; ++i) deep.begin("n");
  Tree deeper = deep;
  deeper.begin("n");
  for (unsigned i = 0; i < DeviceTree::kMostDepth; ++i) deep.end(), deeper.end();
  CHECK(opens(deep));
  CHECK(!opens(deeper.end()));
  const std::vector<std::byte> whole = machine_tree().bytes();
  for (std::size_t bytes = 0; bytes < whole.size(); ++bytes) {
    CHECK(!DeviceTree::open(std::span(whole).first(bytes)).has_value());
  }
}

TEST(device_tree_copy_has_more) {
  const std::vector<std::byte> whole = machine_tree().bytes();
  const auto tree = DeviceTree::open(whole);
  const std::array reserved{DeviceTree::Range{0x4200'0000, 0x4210'0000}, DeviceTree::Range{0x4300'0000, 0x4300'1000}};
  const foreign::TreeAdditions additions{{0x5000'0000, 0x5000'4567}, reserved};
  std::vector<std::byte> copy(foreign::bytes_of_copy(whole.size(), reserved.size()));
  const auto bytes = foreign::copy_tree(*tree, additions, copy);
  CHECK(bytes && *bytes <= copy.size());
  const Read got = read(copy);
  CHECK(got.opened && got.boot.error.empty());
  CHECK_EQ(got.boot.bundle.start.value, 0x5000'0000);
  CHECK_EQ(got.boot.bundle.bytes(), 0x4567);
  CHECK(std::string_view(got.boot.command_line.data()) == "nokaslr");
  CHECK_EQ(got.tree.reserved_count, 4);
  CHECK_EQ(got.tree.reserved[3].end.value, 0x4300'1000);
  CHECK_EQ(got.tree.core_count, 2);
  // Any less room is refused.
  for (std::size_t room = 0; room < *bytes; ++room) CHECK(!foreign::copy_tree(*tree, additions, std::span(copy).first(room)).has_value());
  CHECK(!foreign::copy_tree(*DeviceTree::open(Tree().begin("").end().bytes()), additions, copy).has_value());
}

TEST(device_tree_mutations) {
  const std::vector<std::byte> whole = machine_tree().bytes();
  Random random(seed_or(9));
  for (int round = 0; round < 20'000; ++round) {
    std::vector<std::byte> bytes = whole;
    for (std::uint64_t changes = 1 + random.below(6); changes > 0; --changes) {
      const std::size_t at = random.below(bytes.size());
      bytes[at] = random.below(2) == 0 ? static_cast<std::byte>(random.next()) : bytes[at] ^ static_cast<std::byte>(1u << random.below(8));
    }
    const Read got = read(bytes);
    CHECK(got.boot.ram_count <= got.boot.ram.size());
    for (std::size_t i = 0; i < got.boot.ram_count; ++i) CHECK(!got.boot.ram[i].empty());
  }
}

}  // namespace tessera::nucleus::test
