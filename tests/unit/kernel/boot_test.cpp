// SPDX-License-Identifier: Apache-2.0
// RAM at boot, and genesis as the nucleus makes it.
#include <algorithm>
#include <bit>
#include <cstring>
#include <string_view>
#include <vector>

#include <abi/start.hpp>

#include "kernel/boot/genesis.hpp"
#include "tests/support/check.hpp"
#include "tests/unit/kernel/fixture/machine.hpp"
#include "tests/unit/kernel/fixture/page_walk.hpp"
#include "tests/unit/kernel/fixture/random.hpp"

namespace tessera::nucleus::test {

static bool disjoint(std::vector<PhysRange> ranges) {
  std::ranges::sort(ranges, {}, &PhysRange::start);
  for (std::size_t i = 1; i < ranges.size(); ++i) {
    if (ranges[i].start < ranges[i - 1].end) return false;
  }
  return true;
}

TEST(ram_is_sorted_and_merged) {
  Random random(seed_or(5));
  for (unsigned round = 0; round < 500; ++round) {
    BootFacts facts;
    for (std::uint64_t i = 0; i < random.below(80); ++i) add_ram(facts, random.below(64) * 3000, random.below(20) * 1500);
    settle_ram(facts);
    for (std::size_t i = 0; i < facts.ram_count; ++i) {
      CHECK(!facts.ram.at(i).empty());
      CHECK(aligned(facts.ram.at(i).start.value | facts.ram.at(i).end.value, kPageBytes));
      if (i > 0) CHECK(facts.ram.at(i - 1).end < facts.ram.at(i).start);
    }
  }
  BootFacts facts;
  add_ram(facts, ~std::uint64_t{0} - 5, 100);
  add_ram(facts, 5, 0);
  add_ram(facts, 100, 4000);  // not a page
  CHECK_EQ(facts.ram_count, 0);
  add_ram(facts, 4096, ~std::uint64_t{0});  // no wrap
  CHECK_EQ(facts.ram[0].end.value, std::uint64_t{1} << 46);
}

// Nodes of random sizes up to `end`, with RAM between them that is of none.
static Topology random_topology(Random& random, PhysAddr end) {
  Topology topology;
  topology.node_count = 1 + random.below(kMostNodes);
  PhysAddr at{};
  while (topology.part_count < 12 && at < end) {
    const PhysAddr start = at.plus(random.below(3) * kPageBytes * random.below(400));
    at = start.plus((1 + random.below(8000)) * kPageBytes);
    topology.parts.at(topology.part_count++) = {{start, at}, static_cast<std::uint8_t>(random.below(topology.node_count))};
  }
  return topology;
}

// All of a block; what no node has counts to the first.
static bool is_of_node(const Topology& topology, PhysAddr start, std::uint64_t bytes, std::uint8_t node) {
  const PhysAddr end = start.plus(bytes);
  for (const NodeMemory& part : topology.memory()) {
    if (end <= part.range.start || part.range.end <= start) continue;
    if (part.node != node) return false;
    if (part.range.start <= start && end <= part.range.end) return true;
  }
  return node == 0;
}

// What is taken and what is left never overlaps, never leaves RAM, and misses image and bundle.
TEST(boot_memory_hands_out_each_page_once) {
  Random random(seed_or(6));
  for (unsigned round = 0; round < 200; ++round) {
    BootFacts facts;
    std::uint64_t at = 0;
    for (std::uint64_t i = 0; i < 1 + random.below(12); ++i) {
      at += random.below(600) * kPageBytes;
      const std::uint64_t bytes = (1 + random.below(5000)) * kPageBytes;
      add_ram(facts, at, bytes);
      at += bytes;
    }
    add_ram(facts, at + 0x100000, 64 << 20);
    settle_ram(facts);
    const PhysRange image{PhysAddr{random.below(0x300) * kPageBytes}, PhysAddr{0x300 * kPageBytes}};
    facts.bundle = {PhysAddr{0x310'0123}, PhysAddr{0x320'0321}};
    const Topology topology = random_topology(random, PhysAddr{at + 0x100000 + (64 << 20)});
    BootMemory memory;
    memory.start(facts, image, topology);
    std::vector<PhysRange> taken{image, {PhysAddr{0x310'0000}, PhysAddr{0x320'1000}}};
    const auto note = [&](PhysAddr start, std::uint64_t bytes) {
      CHECK(aligned(start.value, bytes));
      CHECK(start.value >= 0x100000);
      CHECK(std::ranges::any_of(facts.ram, [&](const PhysRange& r) { return r.start <= start && start.plus(bytes) <= r.end; }));
      taken.push_back({start, start.plus(bytes)});
    };
    for (unsigned i = 0; i < 10; ++i) {
      const std::uint64_t bytes = kPageBytes << random.below(8);
      note(memory.take(bytes), bytes);
      auto node = static_cast<std::uint8_t>(random.below(kMostNodes));
      const PhysAddr near = memory.take_near(bytes, node);
      note(near, bytes);
      CHECK(is_of_node(topology, near, bytes, node));
    }
    BootMemory::Block block;
    while (memory.take_largest_first(block)) {
      const std::uint64_t bytes = std::uint64_t{1} << block.size_bits;
      note(block.start, bytes);
      CHECK(is_of_node(topology, block.start, bytes, block.node));
    }
    CHECK(disjoint(taken));
  }
}

namespace {

struct Image {
  // ELF header, one program header, code.
  std::vector<std::byte> bytes = std::vector<std::byte>(0x2000);
  template <typename T>
  void put(std::size_t at, T value) {
    std::memcpy(std::span(bytes).subspan(at).data(), &value, sizeof value);
  }
};

std::uint64_t hash64(std::span<const std::byte> bytes) {
  std::uint64_t hash = 0x9e3779b97f4a7c15 ^ bytes.size();
  for (std::size_t at = 0; at < bytes.size(); at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.subspan(at).data(), std::min<std::size_t>(8, bytes.size() - at));
    hash = std::rotl(hash ^ word, 29) * 0xbf58476d1ce4e5b9;
  }
  return hash ^ hash >> 32;
}

// A bundle with one file, "genesis", a program of one page of code.
std::vector<std::byte> bundle_with_genesis() {
  Image elf;
  elf.put<std::uint64_t>(0, 0x0001'0102'464c'457f);
  elf.put<std::uint32_t>(16, 2 | (std::uint32_t{arch::kElfMachine} << 16));
  elf.put<std::uint64_t>(24, abi::kComponentBase + 0x1008);
  elf.put<std::uint64_t>(32, 64);
  elf.put<std::uint32_t>(54, 56 | (1u << 16));
  elf.put<std::uint32_t>(64, 1);
  elf.put<std::uint32_t>(68, 5);
  elf.put<std::uint64_t>(72, 0x1000);
  elf.put<std::uint64_t>(80, abi::kComponentBase + 0x1000);
  elf.put<std::uint64_t>(96, 0x1000);
  elf.put<std::uint64_t>(104, 0x1800);
  elf.put<std::uint64_t>(0x1008, 0x1122334455667788);
  Image bundle;
  bundle.bytes.resize(32 + 72);
  std::memcpy(bundle.bytes.data(), "TESSBNDL", 8);
  bundle.put<std::uint32_t>(8, 1);
  bundle.put<std::uint32_t>(12, 1);
  bundle.put<std::uint64_t>(16, 32 + 72 + elf.bytes.size());
  std::memcpy(std::span(bundle.bytes).subspan(32).data(), "genesis", 7);
  bundle.put<std::uint64_t>(32 + 48, 32 + 72);
  bundle.put<std::uint64_t>(32 + 56, elf.bytes.size());
  bundle.put(32 + 64, hash64(elf.bytes));
  bundle.put(24, hash64(std::span(bundle.bytes).subspan(32, 72)));
  bundle.bytes.insert(bundle.bytes.end(), elf.bytes.begin(), elf.bytes.end());
  return bundle.bytes;
}

}  // namespace

TEST(genesis_starts_with_everything) {
  static constexpr std::uint64_t kRam = 32 << 20;
  Arena arena(kRam);
  arch::hosted::reset();
  const PhysAddr ram = arena.take(kRam);
  const std::vector<std::byte> bundle = bundle_with_genesis();
  BootFacts facts;
  facts.ram[0] = {ram, ram.plus(kRam)};
  facts.ram_count = 1;
  facts.bundle = {ram.plus(0x123'0000), ram.plus(0x123'0000 + bundle.size())};
  std::memcpy(direct<std::byte>(facts.bundle.start), bundle.data(), bundle.size());
  std::string_view("quiet").copy(facts.command_line.data(), 5);
  BootMemory memory;
  Topology topology;
  const PhysAddr border = ram.plus(0x17f'3000);
  topology.parts[0] = {{PhysAddr{0}, border}, 0};
  topology.parts[1] = {{border, ram.plus(kRam)}, 1};
  topology.part_count = 2;
  memory.start(facts, {ram, ram.plus(0x40000)}, topology);
  start_genesis(facts, memory, {.clock_hz = 5, .clock_boot = 6, .features = 7, .cores = 1, .core_nodes = {0, 1}, .node_count = 2,
                                .distances = {{{10, 21}, {31, 10}}},
                                .pci = {.configuration = PhysAddr{0xe000'0000}, .first = 1, .last = 5}});
  {
    const Holding hold(object_lock);
    schedule();
  }

  Thread* thread = this_core().current();
  CHECK(thread != nullptr);
  if (thread == nullptr) return;
  CHECK_EQ(thread->frame.pc(), abi::kComponentBase + 0x1008);
  CHECK_EQ(thread->frame.badge_register, abi::kStartAddress);
  const auto info_page = mapping_of(*thread->space, abi::kStartAddress);
  const auto stack = mapping_of(*thread->space, thread->frame.sp());
  const auto code = mapping_of(*thread->space, abi::kComponentBase + 0x1000);
  CHECK(info_page && stack && code);
  if (!info_page || !stack || !code) return;
  CHECK_EQ(info_page->rights(), abi::kRightRead);
  CHECK_EQ(stack->rights(), abi::kRightRead | abi::kRightWrite);
  CHECK_EQ(code->rights(), abi::kRightRead | abi::kRightExecute);
  CHECK_EQ(*direct<std::uint64_t>(PhysAddr{code->frame() + 8}), 0x1122334455667788);
  const auto& info = *direct<abi::BootInfo>(PhysAddr{info_page->frame()});
  CHECK_EQ(info.magic, 0x5445535345524131);
  CHECK_EQ(info.abi_version, abi::kNucleusAbiVersion);
  CHECK_EQ(info.clock_hz, 5);
  CHECK_EQ(info.features, 7);
  CHECK_EQ(info.pci_configuration, 0xe000'0000);
  CHECK(info.pci_first_bus == 1 && info.pci_last_bus == 5);
  CHECK_EQ(info.bundle_bytes, bundle.size());
  CHECK_EQ(info.node_count, 2);
  CHECK_EQ(info.core_nodes[1], 1);
  CHECK_EQ(info.node_distances[1], 21);
  CHECK_EQ(info.node_distances[16], 31);
  CHECK_EQ(std::string_view(reinterpret_cast<const char*>(info.command_line.data())), std::string_view("quiet"));
  CHECK(std::memcmp(direct<std::byte>(PhysAddr{info.bundle_physical}), bundle.data(), bundle.size()) == 0);
  for (const auto [handle, type] :
       {std::pair{info.table, ObjectType::cap_table}, std::pair{info.space, ObjectType::address_space},
        std::pair{info.thread, ObjectType::thread}, std::pair{info.budget, ObjectType::budget},
        std::pair{info.machine, ObjectType::machine}, std::pair{info.log, ObjectType::log}, std::pair{info.bundle, ObjectType::memory}}) {
    const auto slot = thread->table->lookup(Handle{handle});
    CHECK(slot.has_value());
    if (slot) CHECK_EQ((*slot)->type, type);
  }
  // The Untypeds: aligned, each of one node, apart from each other and from what genesis runs on.
  std::vector<PhysRange> ranges{{PhysAddr{info.bundle_physical}, PhysAddr{info.bundle_physical + info.bundle_bytes}},
                                {physical(thread->table), physical(thread->table).plus(sizeof(Slot) << info.table_bits)},
                                {thread->space->host_root(), thread->space->host_root().plus(kObjectSpaceBytes)},
                                {PhysAddr{code->frame()}, PhysAddr{code->frame() + 0x1000}},
                                {PhysAddr{info_page->frame()}, PhysAddr{info_page->frame() + 0x2000}}};
  std::uint64_t bytes = 0;
  for (std::uint64_t i = 0; i < info.untyped_count; ++i) {
    const auto& entry = info.untyped.at(i);
    CHECK(aligned(entry.physical, std::uint64_t{1} << entry.size_bits));
    ranges.push_back({PhysAddr{entry.physical}, PhysAddr{entry.physical + (std::uint64_t{1} << entry.size_bits)}});
    CHECK_EQ(entry.node, ranges.back().start < border ? 0 : 1);
    CHECK(entry.node == 1 || ranges.back().end <= border);
    bytes += std::uint64_t{1} << entry.size_bits;
  }
  CHECK(disjoint(ranges));
  CHECK(bytes > kRam * 9 / 10);
  CHECK(thread->table->slot(info.first_free_slot)->empty());
  CHECK(!thread->table->slot(info.first_free_slot - 1)->empty());
  arch::hosted::reset();
}

}  // namespace tessera::nucleus::test
