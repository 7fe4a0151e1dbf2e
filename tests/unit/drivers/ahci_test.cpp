// SPDX-License-Identifier: Apache-2.0
// The driver of SATA disks against a simulated adapter: any order, errors of one among many, silence, lies, what the disk
// says of itself.
#include "components/drivers/ahci/disk.hpp"

#include <algorithm>
#include <memory>

#include "tests/support/check.hpp"
#include "tests/unit/drivers/disk_bench.hpp"
#include "tests/unit/drivers/simulated_ahci.hpp"

using namespace tessera;
using ahci::Disk;
using block_driver::DmaRange;
using block_driver::Error;
using block_driver::Status;
using test::DiskBench;
using test::SimulatedAhci;

namespace {

struct Machine : DiskBench {
  explicit Machine(std::uint64_t seed) : DiskBench(seed), device(memory, kBytes, seed, now) {
    device.on_interrupt = [this] { interrupt(); };
  }

  void make() { disk = std::make_unique<Disk>(device, memory.make(Disk::kMemoryBytes), port, loop, conditions); }
  bool run(rt::Task<> (*body)(Machine&)) {
    make();
    if (const auto begun = disk->begin(); !begun) return false;
    return drive(disk->requests(), [this] { return device.step(); }, body(*this));
  }
  // Why it does not begin; empty: it does.
  std::string_view begin() {
    make();
    const auto begun = disk->begin();
    return begun ? "" : begun.error();
  }

  SimulatedAhci device;
  std::optional<unsigned> port;
  std::unique_ptr<Disk> disk;
};

rt::Task<> many_workers(Machine& machine) { return machine.load(*machine.disk, machine.disk->requests()); }

void check_honest(const Machine& machine) {
  for (const std::string& one : machine.device.complaints()) CHECK_EQ(one, "");
}

}  // namespace

TEST(many_at_a_time_in_any_order) {
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    Machine machine(seed);
    if (seed % 3 == 0) machine.device.words[75] = 3;
    CHECK(machine.run(many_workers));
    check_honest(machine);
    CHECK_EQ(machine.device.resets, 1u);
    CHECK_EQ(machine.device.link_resets, 0u);
    CHECK(machine.device.queued > 500 && machine.device.flushes > 50);
    CHECK(machine.device.most_at_a_time > 2 && machine.device.most_at_a_time <= (seed % 3 == 0 ? 4u : 32u));
  }
}

TEST(without_a_queue) {
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    Machine machine(seed);
    if (seed % 2 == 0) machine.device.words[76] = 0;
    else machine.device.capabilities &= ~ahci::kQueues;
    CHECK(machine.run(many_workers));
    check_honest(machine);
    CHECK_EQ(machine.device.queued, 0u);
    CHECK_EQ(machine.device.most_at_a_time, 1u);
  }
}

// As many as ever read, a flush gets its turn: only what was under way before goes first.
TEST(what_must_be_alone_gets_its_turn) {
  Machine machine(1);
  static std::size_t served = 0;
  CHECK(machine.run([](Machine& one) -> rt::Task<> {
    constexpr std::size_t kReaders = 40;
    const auto buffer = one.memory.make(kReaders * 512);
    const auto read = [](Machine& all, DmaRange where) -> rt::Task<> {
      for (unsigned round = 0; round < 20; ++round) CHECK((co_await all.disk->read(0, std::span(&where, 1))).has_value());
    };
    rt::Scope scope(one.loop);
    for (std::size_t number = 0; number < kReaders; ++number) scope.spawn(read(one, {buffer.address() + number * 512, 512}));
    while (one.device.served < 100) (void)co_await rt::TaskLoop::turn();
    CHECK((co_await one.disk->flush()).has_value());
    served = one.device.served;
    co_await scope.join();
  }));
  check_honest(machine);
  CHECK(served < 100 + 2 * 40);
  CHECK_EQ(machine.device.served, 20u * 40 + 2);  // and what the disk says of itself
}

TEST(one_bad_sector_fails_nobody_else) {
  Machine machine(1);
  machine.device.faults.bad_sector = 1000;
  machine.device.content.assign(DiskBench::kBytes, std::byte{7});
  static std::size_t good = 0, bad = 0;
  CHECK(machine.run([](Machine& one) -> rt::Task<> {
    constexpr std::size_t kReaders = 20;
    const auto buffer = one.memory.make(kReaders * 4096);
    const auto read = [](Machine& all, std::uint64_t sector, DmaRange where) -> rt::Task<> {
      const Status done = co_await all.disk->read(sector * 512, std::span(&where, 1));
      if (sector == 1000) bad += !done && done.error() == Error::io ? 1 : 0;
      else good += done ? 1 : 0;
    };
    rt::Scope scope(one.loop);
    for (std::size_t number = 0; number < kReaders; ++number) scope.spawn(read(one, 990 + number, {buffer.address() + number * 4096, 512}));
    co_await scope.join();
    for (std::size_t number = 0; number < kReaders; ++number) CHECK(number == 10 || buffer.bytes()[number * 4096] == std::byte{7});
  }));
  check_honest(machine);
  CHECK_EQ(good, 19u);
  CHECK_EQ(bad, 1u);
  CHECK_EQ(machine.device.failures, 3u);  // among the others, and twice alone
  CHECK_EQ(machine.device.link_resets, 1u);
}

TEST(errors_are_told_and_short_reads_are_errors) {
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    Machine machine(seed);
    machine.device.faults.fails = 50;
    machine.device.faults.shortens = 100;
    if (seed % 2 == 0) machine.device.words[76] = 0;
    CHECK(machine.run(many_workers));
    check_honest(machine);
    CHECK(machine.errors > 0);
  }
}

TEST(silence_ends_with_a_reset) {
  std::size_t hung = 0;
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    Machine machine(seed);
    machine.device.faults.never = 10;
    CHECK(machine.run(many_workers));
    check_honest(machine);
    hung += machine.device.hung;
    CHECK(machine.device.hung == 0 || machine.device.link_resets > 0);
    CHECK_EQ(machine.device.resets, 1u);
  }
  CHECK(hung > 10);
}

TEST(lies_and_lost_links_end_with_a_reset) {
  std::size_t lies = 0;
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    Machine machine(seed);
    (seed % 2 == 0 ? machine.device.faults.lie : machine.device.faults.unplug) = 10;
    CHECK(machine.run(many_workers));
    check_honest(machine);
    lies += machine.device.lies;
    CHECK(machine.device.link_resets > 0);
  }
  CHECK(lies > 10);
}

TEST(a_device_that_only_lies_is_given_up) {
  Machine machine(1);
  machine.device.faults.lie = 1000;
  CHECK(!machine.run(many_workers));
  CHECK(machine.disk->requests().failed());
  CHECK_EQ(machine.device.link_resets, 5u);
}

TEST(a_port_that_does_not_recover_is_reset_with_its_adapter) {
  Machine machine(1);
  machine.device.faults.never = 1000;
  CHECK(machine.run([](Machine& one) -> rt::Task<> {
    one.device.faults.link_resets = false;
    CHECK(!(co_await one.disk->flush()).has_value());
  }));
  CHECK_EQ(machine.device.hung, 3u);
  CHECK_EQ(machine.device.resets, 4u);
}

TEST(a_device_that_does_not_come_back_is_given_up) {
  const auto given_up = [](void (*damage)(SimulatedAhci&)) {
    Machine machine(1);
    machine.device.faults.never = 1000;
    static void (*damage_of_test)(SimulatedAhci&) = nullptr;
    damage_of_test = damage;
    CHECK(!machine.run([](Machine& one) -> rt::Task<> {
      damage_of_test(one.device);
      (void)co_await one.disk->flush();
    }));
    CHECK(machine.disk->requests().failed());
  };
  given_up([](SimulatedAhci& device) { device.faults.link_resets = device.faults.resets = false; });
  given_up([](SimulatedAhci& device) { device.faults.stops = device.faults.resets = false; });
  given_up([](SimulatedAhci& device) { device.gone = true; });
  given_up([](SimulatedAhci& device) { ++device.words[100]; });
}

TEST(discards) {
  Machine machine(1);
  machine.device.content.assign(48 << 20, std::byte{0});
  machine.device.words[100] = static_cast<std::uint16_t>((48 << 20) / 512);
  machine.device.words[101] = static_cast<std::uint16_t>((48 << 20) / 512 >> 16);
  CHECK(machine.run([](Machine& one) -> rt::Task<> { CHECK((co_await one.disk->discard(4096, 40 << 20)).has_value()); }));
  CHECK_EQ(machine.device.trims, 1u);
  CHECK(machine.device.content.at(4096) == std::byte{0xdd} && machine.device.content.at(4096 + (40 << 20) - 1) == std::byte{0xdd});
  CHECK(machine.device.content.at(4095) == std::byte{0} && machine.device.content.at(4096 + (40 << 20)) == std::byte{0});
  check_honest(machine);
}

TEST(firmware_lets_go) {
  Machine machine(1);
  machine.device.firmware_owns = true;
  CHECK_EQ(machine.begin(), "");
  CHECK(!machine.device.firmware_owns);
  check_honest(machine);
}

TEST(facts) {
  const auto facts_of = [](void (*change)(std::vector<std::uint16_t>&)) {
    Machine machine(1);
    change(machine.device.words);
    const bool begun = machine.begin().empty();
    return begun ? std::optional(machine.disk->facts()) : std::nullopt;
  };
  const auto facts = facts_of([](std::vector<std::uint16_t>& words) {
    words[106] = 0x4000 | 1u << 12;
    words[117] = 2048;
    words[102] = 1;
  });
  CHECK(facts && facts->sector_bytes == 4096 && facts->bytes == ((std::uint64_t{1} << 32) + DiskBench::kBytes / 512) * 4096);
  CHECK(facts && facts->can_flush && facts->can_discard && !facts->read_only && facts->most_pieces == 64 && facts->most_bytes == 4 << 20);
  const auto plain = facts_of([](std::vector<std::uint16_t>& words) { words[82] = words[85] = words[169] = 0; });
  CHECK(plain && plain->sector_bytes == 512 && !plain->can_flush && !plain->can_discard);
}

TEST(what_is_refused) {
  const auto refused = [](void (*change)(SimulatedAhci&), std::string_view why) {
    Machine machine(1);
    change(machine.device);
    CHECK_EQ(machine.begin(), why);
  };
  refused([](SimulatedAhci& one) { one.words[83] = 0x4000; }, "it is too old: it lacks DMA, or addresses of 48 bits");
  refused([](SimulatedAhci& one) { one.words[49] = 0; }, "it is too old: it lacks DMA, or addresses of 48 bits");
  refused([](SimulatedAhci& one) { one.words[0] = 0x8000; }, "it is no ATA disk");
  refused([](SimulatedAhci& one) { one.words[100] = one.words[101] = 0; }, "it is empty");
  refused([](SimulatedAhci& one) { one.words[106] = 0x5000; one.words[117] = 100; }, "its sectors have a size that is not supported");
  refused([](SimulatedAhci& one) { one.words[106] = 0x5000; one.words[117] = 4096; }, "its sectors have a size that is not supported");
  refused([](SimulatedAhci& one) { one.capabilities &= ~ahci::kWide; }, "it has addresses of 32 bits only");
  refused([](SimulatedAhci& one) { one.signature = 0xeb14'0101; }, ahci::kNoDisk);
  refused([](SimulatedAhci& one) { one.faults.resets = false; }, "it does not reset");
  refused([](SimulatedAhci& one) { one.gone = true; }, "it is gone");
  Machine machine(1);
  machine.port = 0;
  CHECK_EQ(machine.begin(), ahci::kNoDisk);
  Machine other(1);
  other.port = SimulatedAhci::kPort;
  CHECK_EQ(other.begin(), "");
}
