// SPDX-License-Identifier: Apache-2.0
// The disk's driver against a simulated one: errors, short answers, any order, silence, lies.
#include "components/drivers/virtio_blk/disk.hpp"

#include <memory>

#include "tests/support/check.hpp"
#include "tests/unit/drivers/disk_bench.hpp"
#include "tests/unit/drivers/simulated_disk.hpp"

using namespace tessera;
using namespace ddk::simulator;
using block_driver::Error;
using block_driver::Status;
using ddk::VirtioDevice;
using test::DiskBench;
using test::SimulatedDisk;
using virtio_blk::Disk;

namespace {

constexpr std::uint64_t kAll = VirtioDevice::kIndirect | VirtioDevice::kEventIndex | virtio_blk::kSegmentMax | virtio_blk::kFlush |
                               virtio_blk::kDiscard | virtio_blk::kBlockSize;

struct Machine : DiskBench {
  explicit Machine(std::uint64_t seed, std::uint64_t features = kAll)
      : DiskBench(seed), logic(kBytes, seed), device(memory, logic, seed, features) {
    device.configured = {kBytes / 512, 0, 0, 62, 0, 512, 0, 0, 0, 64, 1, 1};
    device.on_interrupt = [this] { interrupt(); };
  }

  bool run(rt::Task<> (*body)(Machine&)) {
    disk = std::make_unique<Disk>(device, memory.make(Disk::kMemoryBytes), loop, conditions);
    if (const auto begun = disk->begin(); !begun) return false;
    return drive(disk->requests(), [this] { return device.step(); }, body(*this));
  }

  SimulatedDisk logic;
  VirtioSimulator device;
  std::unique_ptr<Disk> disk;
};

rt::Task<> many_workers(Machine& machine) { return machine.load(*machine.disk, machine.disk->requests()); }

void check_honest(const Machine& machine) {
  for (const std::string& one : machine.device.complaints()) CHECK_EQ(one, "");
  CHECK_EQ(machine.logic.complaint, "");
}

constexpr std::array<std::uint64_t, 4> kFeatures{kAll, kAll & ~VirtioDevice::kIndirect, kAll & ~VirtioDevice::kEventIndex, virtio_blk::kFlush};

}  // namespace

TEST(many_at_a_time_in_any_order) {
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    Machine machine(seed, kFeatures[seed % 3]);
    machine.device.entries = seed % 2 == 0 ? 256 : 128;
    machine.device.faults.reorder = true;
    CHECK(machine.run(many_workers));
    check_honest(machine);
    CHECK_EQ(machine.device.resets(), 1u);
    CHECK(machine.device.notices() < machine.device.served());
    CHECK(machine.device.interrupts() <= machine.device.served());
  }
}

TEST(errors_are_told_and_short_reads_are_errors) {
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    Machine machine(seed);
    machine.logic.fails = 100;
    machine.logic.shortens = 100;
    CHECK(machine.run(many_workers));
    check_honest(machine);
    CHECK(machine.logic.errors > 0);
    CHECK_EQ(machine.device.resets(), 1u);
  }
}

TEST(silence_ends_with_a_reset) {
  std::size_t hung = 0;
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    Machine machine(seed, kFeatures[seed % 3]);
    machine.device.faults = {.never = 10, .reorder = true};
    CHECK(machine.run(many_workers));
    check_honest(machine);
    hung += machine.device.hung();
    CHECK(machine.device.hung() == 0 || machine.device.resets() > 1);
  }
  CHECK(hung > 10);
}

TEST(lies_end_with_a_reset) {
  std::size_t lies = 0;
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    Machine machine(seed, kFeatures[seed % 3]);
    machine.device.faults = {.lie = 10, .reorder = true};
    machine.logic.odd_status = 5;
    CHECK(machine.run(many_workers));
    check_honest(machine);
    lies += machine.device.lies();
    CHECK(machine.device.resets() > 1);
  }
  CHECK(lies > 10);
}

TEST(a_device_that_only_lies_is_given_up) {
  Machine machine(1);
  machine.device.faults = {.lie = 1000};
  CHECK(!machine.run(many_workers));
  CHECK(machine.disk->requests().failed());
  CHECK_EQ(machine.device.resets(), 6u);  // the first one, and five in a row
}

TEST(a_device_that_does_not_reset_is_given_up) {
  Machine machine(1);
  machine.device.faults = {.never = 1000};
  machine.conditions.note = [](std::string_view) {};
  CHECK(!machine.run([](Machine& one) -> rt::Task<> {
    one.device.faults.resets = false;
    (void)co_await one.disk->flush();
  }));
  CHECK(machine.disk->requests().failed());
}

TEST(a_device_that_says_it_is_broken) {
  Machine machine(1);
  CHECK(machine.run([](Machine& one) -> rt::Task<> {
    one.device.broken = true;
    CHECK((co_await one.disk->flush()).has_value());
  }));
  CHECK_EQ(machine.device.resets(), 2u);
  CHECK_EQ(machine.logic.flushes, 1u);
}

TEST(one_request_that_is_never_answered) {
  Machine machine(1);
  machine.device.faults = {.never = 1000};
  machine.conditions.resets = 100;
  CHECK(machine.run([](Machine& one) -> rt::Task<> {
    const Status done = co_await one.disk->flush();
    CHECK(!done && done.error() == Error::io);
  }));
  CHECK_EQ(machine.device.hung(), 3u);  // as many attempts as it has
}

TEST(discards_are_cut_to_what_the_device_takes) {
  Machine machine(1);
  CHECK(machine.run([](Machine& one) -> rt::Task<> { CHECK((co_await one.disk->discard(4096, 200 * 512)).has_value()); }));
  CHECK_EQ(machine.logic.discards, 4u);
  CHECK(machine.logic.content.at(4096) == std::byte{0xdd} && machine.logic.content.at(4096 + 200 * 512 - 1) == std::byte{0xdd});
  CHECK(machine.logic.content.at(4095) == std::byte{0} && machine.logic.content.at(4096 + 200 * 512) == std::byte{0});
}

TEST(facts) {
  const auto facts_of = [](std::uint64_t features, std::vector<std::uint32_t> configured, std::uint16_t entries) {
    Machine machine(1, features);
    machine.device.configured = std::move(configured);
    machine.device.entries = entries;
    Disk disk(machine.device, machine.memory.make(Disk::kMemoryBytes), machine.loop, machine.conditions);
    const bool begun = disk.begin().has_value();
    return begun ? std::optional(disk.facts()) : std::nullopt;
  };
  const auto facts = facts_of(kAll, {7, 1, 0, 254, 0, 4096, 0, 0, 0, 65535, 1, 8}, 256);
  CHECK(facts && facts->bytes == (std::uint64_t{1} << 32) * 512 && facts->sector_bytes == 4096 && facts->most_pieces == 64);
  CHECK(facts && facts->can_flush && facts->can_discard && !facts->read_only && facts->most_bytes == 4 << 20);
  const auto plain = facts_of(virtio_blk::kReadOnly | virtio_blk::kSizeMax, {8, 0, 100'000, 254, 0, 4096}, 256);
  CHECK(plain && plain->sector_bytes == 512 && plain->most_pieces == 1 && plain->most_bytes == 99'840 && plain->read_only && !plain->can_flush);
  const auto few = facts_of(virtio_blk::kSegmentMax, {8, 0, 0, 254}, 16);
  CHECK(few && few->most_pieces == 14);
  for (const std::uint32_t sector : {0u, 256u, 513u, 8192u}) CHECK(!facts_of(kAll, {8, 0, 0, 254, 0, sector}, 256));
  CHECK(!facts_of(virtio_blk::kSegmentMax, {8, 0, 0, 0}, 256));
  CHECK(!facts_of(virtio_blk::kSegmentMax, {8, 0, 0, 254}, 2));
  CHECK(!facts_of(virtio_blk::kSizeMax, {8, 0, 511}, 256));
  CHECK(!facts_of(kAll, {8, 0, 0, 254, 0, 512}, 0));
}
