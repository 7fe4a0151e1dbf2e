// SPDX-License-Identifier: Apache-2.0
// Smmu before registers in memory: how it is turned on, the tables of streams as the hardware
// reads them, commands, events; and what the device tree says of it.
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "kernel/arch/hosted/hosted.hpp"
#include "kernel/iommu/smmu.hpp"
#include "tests/support/check.hpp"
#include "tests/unit/kernel/parsers/tree_builder.hpp"

namespace tessera::nucleus::test {

namespace {

constexpr std::uint64_t kBytes = 0x20000, kAddress = 0x000f'ffff'ffff'ffc0;

template <typename T>
T load(std::uint64_t at) {
  T value{};
  std::memcpy(&value, reinterpret_cast<const void*>(at), sizeof value);
  return value;
}
template <typename T>
void store(std::uint64_t at, T value) {
  std::memcpy(reinterpret_cast<void*>(at), &value, sizeof value);
}

std::vector<void*>* keeper = nullptr;
PhysAddr take(std::uint64_t bytes) {
  void* const memory = std::aligned_alloc(bytes, bytes);
  std::memset(memory, 0xcc, bytes);
  keeper->push_back(memory);
  return physical(memory);
}

// It takes its commands, and answers its control registers, whenever the nucleus waits.
class Board {
 public:
  Board() {
    keeper = &memory_;
    at_ = take(kBytes).value;
    std::memset(reinterpret_cast<void*>(at_), 0, kBytes);
    write(0x0, 1 << 1 | 2 << 2 | 1 << 4 | 1 << 27);  // stage 1, our tables, coherent, two levels
    write(0x4, 16 | 19 << 16 | 19 << 21);
    write(0x14, 4 | 1 << 4);  // 44 bits
    present = this;
    arch::hosted::watch_waiting([] { present->turn(); });
  }
  Board(const Board&) = delete;
  Board& operator=(const Board&) = delete;
  ~Board() {
    arch::hosted::watch_waiting(nullptr);
    for (void* one : memory_) std::free(one);
  }

  std::string_view start(std::uint64_t doorbell = 0x808'0040) {
    keeper = &memory_;
    return smmu.start({.start = 0x905'0000, .end = 0x907'0000, .interrupt = 74}, Registers{at_}, take, doorbell);
  }
  [[nodiscard]] std::uint32_t read(std::size_t offset) const { return load<std::uint32_t>(at_ + offset); }
  void write(std::size_t offset, std::uint32_t value) { store(at_ + offset, value); }
  [[nodiscard]] std::uint64_t read_wide(std::size_t offset) const { return load<std::uint64_t>(at_ + offset); }

  // A stream's entry, as it finds it; its first word 0: none.
  [[nodiscard]] std::uint64_t entry_of(std::uint32_t stream) const {
    const std::uint64_t streams = read_wide(0x80) & kAddress;
    const auto level = load<std::uint64_t>(streams + (stream >> 8) * 8);
    if ((level & 31) == 0) return 0;
    CHECK_EQ(level & 31, 9);
    return load<std::uint64_t>((level & kAddress) + (stream & 0xff) * 64);
  }
  void record(std::uint8_t kind, std::uint32_t stream, std::uint64_t address, bool is_read) {
    const std::uint64_t queue = read_wide(0xa0) & kAddress & ~std::uint64_t{0xfff};
    const std::uint32_t next = read(0x100a8);
    const std::uint64_t place = queue + (next & 127) * 32;
    store(place, std::uint64_t{kind} | std::uint64_t{stream} << 32);
    store(place + 8, std::uint64_t{is_read} << 35);
    store(place + 16, address);
    write(0x100a8, (next & 1u << 31) | ((next + 1) & 255));
  }

  Smmu smmu;
  bool obeys = true;
  std::vector<std::uint64_t> told;  // first words of its commands

 private:
  void turn() {
    if (!obeys) return;
    write(0x24, read(0x20));
    write(0x54, read(0x50));
    if ((read(0x20) & 8) == 0) return;
    const std::uint64_t queue = read_wide(0x90) & kAddress & ~std::uint64_t{0xfff};
    for (std::uint32_t done = read(0x9c); done != read(0x98); done = (done + 1) & 511) {
      told.push_back(load<std::uint64_t>(queue + (done & 255) * 16));
      write(0x9c, (done + 1) & 511);
    }
  }
  static inline Board* present = nullptr;
  std::uint64_t at_ = 0;
  std::vector<void*> memory_;
};

}  // namespace

TEST(an_smmu_is_turned_on_with_nobody_behind_it) {
  Board board;
  CHECK_EQ(board.start(), std::string_view());
  CHECK(board.smmu.present() && (board.read(0x20) & 0xd) == 0xd);
  CHECK_EQ(board.read_wide(0x88) & 0x3ffff, 16 | 8 << 6 | 1 << 16);
  for (const std::uint32_t stream : {0u, 8u, 0x100u, 0xffffu}) CHECK_EQ(board.entry_of(stream), 0);
  CHECK(board.told.size() == 3 && (board.told[0] & 0xff) == 4 && (board.told[1] & 0xff) == 0x30 && (board.told[2] & 0xff) == 0x46);
  CHECK(board.smmu.exists(0xffff) && !board.smmu.exists(0x10000));
  CHECK_EQ(board.smmu.limit(), std::uint64_t{1} << 44);
  CHECK(board.smmu.doorbell() == PhysAddr{0x808'0000});
  CHECK_EQ(board.smmu.fault_source(), 74);
  CHECK(board.smmu.reserves(PhysAddr{0x906'0000}, 1) && !board.smmu.reserves(PhysAddr{0x907'0000}, 4096));
}

TEST(an_smmu_that_cannot_be_used_is_left_alone) {
  const auto why = [](std::size_t place, std::uint32_t value) {
    Board board;
    board.write(place, value);
    const std::string said(board.start());
    CHECK(!board.smmu.present() && board.read(0x20) == 0);
    return said;
  };
  CHECK_EQ(why(0x0, 1 << 4 | 2 << 2 | 1 << 27), std::string("has no tables of the kind that is used"));
  CHECK_EQ(why(0x0, 1 << 1 | 2 << 2 | 1 << 27), std::string("does not see the caches"));
  CHECK_EQ(why(0x0, 1 << 1 | 2 << 2 | 1 << 4), std::string("has no table of streams in two levels"));
  CHECK_EQ(why(0x4, 16 | 19 << 16 | 19 << 21 | 1u << 30), std::string("has its tables and queues at places of its own"));
  CHECK_EQ(why(0x4, 16 | 3 << 16 | 19 << 21), std::string("has too small queues"));
  CHECK_EQ(why(0x4, 8 | 19 << 16 | 19 << 21), std::string("knows too few streams"));
  Board deaf;
  deaf.obeys = false;
  CHECK_EQ(deaf.start(), std::string_view("does not do what it is told"));
  Board small;
  CHECK_EQ(small.smmu.start({.start = 0x1000, .end = 0x2000, .interrupt = {}}, Registers{}, take, 0), std::string_view("has too few registers"));
}

TEST(a_stream_gets_a_domain_and_loses_it) {
  Board board;
  CHECK_EQ(board.start(), std::string_view());
  alignas(64) Smmu::Context context{};
  board.smmu.describe(context, PhysAddr{0x12345000}, 7);
  CHECK_EQ(context[0] & 63, 16);                      // 48 bits
  CHECK_EQ(context[0] >> 48, 7);
  CHECK_EQ(context[0] >> 30 & 3, 3);                  // there, and without an upper half
  CHECK_EQ(context[0] >> 32 & 7, 4);                  // 44 bits of address
  CHECK_EQ(context[1], 0x12345000u);
  CHECK(board.smmu.enter(0x110, 7, {}, physical(&context)).has_value());
  const std::uint64_t entry = board.entry_of(0x110);
  CHECK_EQ(entry & 15, 1 | 5 << 1);
  CHECK_EQ(entry & kAddress, physical(&context).value);
  CHECK_EQ(board.entry_of(0x111), 0);
  CHECK_EQ(board.entry_of(0x010), 0);
  board.told.clear();
  const auto ticket = board.smmu.forget(7);
  CHECK(ticket && board.smmu.forgotten(*ticket));
  CHECK(board.told.size() == 3 && board.told[1] == (0x11 | std::uint64_t{7} << 48));
  board.smmu.leave(0x110);
  CHECK_EQ(board.entry_of(0x110) & 1, 0);
  for (std::uint32_t bus = 2; bus < 1 + BusTables::kMost; ++bus) CHECK(board.smmu.enter(bus << 8, 7, {}, physical(&context)).has_value());
  CHECK(board.smmu.enter(0x2000, 7, {}, physical(&context)).error() == Error::no_memory);
}

// More than fit in the queue, whose places have two rounds; and one that is full.
TEST(commands_go_round_the_queue) {
  Board board;
  CHECK_EQ(board.start(), std::string_view());
  for (unsigned i = 0; i < 700; ++i) {
    const auto ticket = board.smmu.forget(i % 60 + 1);
    CHECK(ticket && board.smmu.forgotten(*ticket));
  }
  CHECK_EQ(board.told.size(), 701 * 3);
  board.obeys = false;
  std::optional<std::uint32_t> first, last = 1;
  unsigned fit = 0;
  for (; last; ++fit) {
    last = board.smmu.forget(1);
    if (!first) first = last;
  }
  CHECK_EQ(fit, 256 / 3 + 1);
  CHECK(!board.smmu.forgotten(*first));
  board.obeys = true;
  CHECK(board.smmu.forgotten(*first));
}

TEST(events_are_taken_one_by_one) {
  Board board;
  CHECK_EQ(board.start(), std::string_view());
  CHECK(!board.smmu.take_fault());
  board.smmu.tell_faults(0, 0);
  CHECK(board.smmu.tells_faults() && board.read(0x50) == 4);
  for (unsigned round = 0; round < 300; ++round) {
    board.record(0x10, 0x18, 0x1234'5678, false);
    board.record(0x04, 0x20, 0, false);
    if (round == 200) board.write(0x100a8, board.read(0x100a8) ^ 1u << 31);  // some were lost
    const auto first = board.smmu.take_fault(), second = board.smmu.take_fault();
    CHECK(first && second && !board.smmu.take_fault());
    CHECK(first->kind == DmaFault::Kind::write && first->device == 0x18 && first->address == 0x1234'5000 && first->reason == 0x10);
    CHECK(second->kind == DmaFault::Kind::other && second->device == 0x20 && second->reason == 4);
    CHECK_EQ(first->lost, round == 200);
  }
  board.smmu.keep_faults();
  CHECK(!board.smmu.tells_faults() && board.read(0x50) == 0);
}

TEST(the_device_tree_tells_of_an_smmu) {
  const auto read = [](std::initializer_list<std::uint32_t> interrupts, std::string_view names, std::string_view kind = "arm,smmu-v3") {
    Tree tree;
    tree.begin("").property("#address-cells", {2}).property("#size-cells", {2});
    tree.begin("smmuv3@9050000").property("compatible", kind).property("reg", {0, 0x905'0000, 0, 0x2'0000});
    tree.property("interrupts", interrupts).property("interrupt-names", names).end();
    tree.end();
    const auto bytes = tree.bytes();
    const auto opened = foreign::DeviceTree::open(bytes);
    CHECK(opened.has_value());
    return read_smmu(*opened);
  };
  using namespace std::string_view_literals;
  const SmmuFacts facts = read({0, 73, 1, 0, 74, 1, 0, 75, 1}, "priq\0eventq\0gerror"sv);
  CHECK(facts.start == 0x905'0000 && facts.end == 0x907'0000 && facts.interrupt == 74);
  CHECK_EQ(read({0, 73, 1}, "priq").interrupt.has_value(), false);
  CHECK_EQ(read({1, 74, 1}, "eventq").interrupt.has_value(), false);       // of a core's own
  CHECK_EQ(read({0, 73, 1}, "priq\0eventq"sv).interrupt.has_value(), false);  // fewer than names
  CHECK_EQ(read({0, 74}, "eventq").interrupt.has_value(), false);
  CHECK_EQ(read({0, 74, 1}, "eventq", "arm,smmu-v2").end, 0);
}

TEST(leaves_of_an_smmu) {
  using Entry = Smmu::Entry;
  const std::uint64_t page = Entry::leaf(PhysAddr{0x4000'1000}, false, false), block = Entry::leaf(PhysAddr{0x4020'0000}, true, true);
  CHECK((page & 3) == 3 && (block & 3) == 1 && !Entry::writable(page) && Entry::writable(block));
  CHECK(Entry::is_leaf(page, 0) && Entry::is_leaf(block, 1) && !Entry::is_leaf(Entry::table(PhysAddr{0x1000}), 1));
  CHECK(Entry::address(page) == PhysAddr{0x4000'1000} && Entry::address(block) == PhysAddr{0x4020'0000});
  CHECK_EQ(Smmu::doorbell_leaf(PhysAddr{0x808'0000}) >> 2 & 7, 1);  // registers, not memory
}

}  // namespace tessera::nucleus::test
