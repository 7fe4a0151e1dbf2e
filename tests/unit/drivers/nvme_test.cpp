// SPDX-License-Identifier: Apache-2.0
// The driver of NVM Express against a simulated controller: any order, errors, silence, lies, what it says of itself.
#include "components/drivers/nvme/disk.hpp"

#include <algorithm>
#include <memory>

#include "tests/support/check.hpp"
#include "tests/unit/drivers/disk_bench.hpp"
#include "tests/unit/drivers/simulated_nvme.hpp"

using namespace tessera;
using block_driver::DmaRange;
using block_driver::Error;
using block_driver::Status;
using nvme::Controller;
using nvme::Disk;
using test::DiskBench;
using test::SimulatedNvme;

namespace {

struct Machine : DiskBench {
  explicit Machine(std::uint64_t seed, const Controller::Wishes& wished = {1, 1}) : DiskBench(seed), device(memory, kBytes, seed, now), wishes(wished) {
    device.on_interrupt = [this](std::uint32_t vector) {
      CHECK(vector < wishes.interrupts);
      interrupt();
    };
  }

  void make() { disk = std::make_unique<Disk>(device, memory.make(Disk::kMemoryBytes), wishes, loop, conditions); }
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

  SimulatedNvme device;
  Controller::Wishes wishes;
  std::unique_ptr<Disk> disk;
};

rt::Task<> many_workers(Machine& machine) { return machine.load(*machine.disk, machine.disk->requests()); }

void check_honest(const Machine& machine) {
  for (const std::string& one : machine.device.complaints()) CHECK_EQ(one, "");
}

}  // namespace

TEST(many_at_a_time_in_any_order) {
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    Machine machine(seed, {1 + seed % 4, 1 + seed % 2});
    if (seed % 3 == 0) machine.device.capabilities = (machine.device.capabilities & ~std::uint64_t{0xffff}) | 4;  // short queues
    if (seed % 4 == 0) machine.device.most_transfer = 2;  // what a worker asks for
    CHECK(machine.run(many_workers));
    check_honest(machine);
    CHECK_EQ(machine.device.resets, 0u);
    CHECK_EQ(machine.device.by_queue.size(), 1 + machine.wishes.pairs);
    CHECK(machine.device.durable > 0);
  }
}

TEST(fewer_queues_than_wanted) {
  Machine machine(1, {4, 2});
  machine.device.pairs = 2;
  CHECK(machine.run(many_workers));
  check_honest(machine);
  CHECK_EQ(machine.disk->queues(), 2u);
}

TEST(no_allocation_per_request) {
  Machine machine(1);
  CHECK(machine.run([](Machine& one) -> rt::Task<> {
    const auto buffer = one.memory.make(4096);
    const std::array<DmaRange, 1> where{{{buffer.address(), 4096}}};
    CHECK((co_await one.disk->read(0, where)).has_value());
    const std::size_t before = one.loop.frames().slab_bytes();
    for (unsigned count = 0; count < 100; ++count) CHECK((co_await one.disk->read(0, where)).has_value());
    CHECK_EQ(one.loop.frames().slab_bytes(), before);
  }));
}

TEST(errors_are_tried_again_then_told) {
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    Machine machine(seed);
    machine.device.faults.fails = 300;
    CHECK(machine.run(many_workers));
    check_honest(machine);
    CHECK(machine.errors > 0);
    CHECK(machine.device.failures > 3 * machine.errors);  // most helped themselves
    CHECK_EQ(machine.device.resets, 0u);
  }
}

TEST(what_the_device_says_of_an_error) {
  const auto told = [](std::uint32_t status) {
    Machine machine(1);
    machine.device.always = status;
    static Status answer;
    CHECK(machine.run([](Machine& one) -> rt::Task<> { answer = co_await one.disk->flush(); }));
    return std::pair(answer.error_or(Error::gone), machine.device.by_queue[1]);
  };
  CHECK(told(0x4) == std::pair(Error::io, std::size_t{3}));
  CHECK(told(0x4 | nvme::kDoNotRetry) == std::pair(Error::io, std::size_t{1}));
  CHECK(told(nvme::kInvalidOpcode) == std::pair(Error::unsupported, std::size_t{1}));
  CHECK(told(0x281 | nvme::kDoNotRetry) == std::pair(Error::io, std::size_t{1}));  // a medium's
}

TEST(silence_ends_with_a_reset) {
  std::size_t hung = 0;
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    Machine machine(seed, {1 + seed % 2, 1});
    machine.device.faults.never = 10;
    CHECK(machine.run(many_workers));
    check_honest(machine);
    hung += machine.device.hung;
    CHECK(machine.device.hung == 0 || machine.device.resets > 0);
  }
  CHECK(hung > 10);
}

TEST(lies_end_with_a_reset) {
  std::size_t lies = 0;
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    Machine machine(seed, {1 + seed % 2, 1});
    machine.device.faults.lie = 10;
    CHECK(machine.run(many_workers));
    check_honest(machine);
    lies += machine.device.lies;
    CHECK(machine.device.resets > 0);
  }
  CHECK(lies > 10);
}

TEST(a_device_that_only_lies_is_given_up) {
  Machine machine(1);
  machine.device.faults.lie = 1000;
  CHECK(!machine.run(many_workers));
  CHECK(machine.disk->requests().failed());
  CHECK_EQ(machine.device.resets, 5u);
}

TEST(a_device_that_does_not_come_back_is_given_up) {
  const auto given_up = [](void (*damage)(SimulatedNvme&)) {
    Machine machine(1);
    machine.device.faults.never = 1000;
    static void (*damage_of_test)(SimulatedNvme&) = nullptr;
    damage_of_test = damage;
    CHECK(!machine.run([](Machine& one) -> rt::Task<> {
      damage_of_test(one.device);
      (void)co_await one.disk->flush();
    }));
    CHECK(machine.disk->requests().failed());
  };
  given_up([](SimulatedNvme& device) { device.faults.stops = false; });
  given_up([](SimulatedNvme& device) { device.faults.ready = false; });
  given_up([](SimulatedNvme& device) { device.faults.silent = true; });
  given_up([](SimulatedNvme& device) { device.sectors = 100; });
  given_up([](SimulatedNvme& device) { device.capabilities = ~std::uint64_t{0}; });
}

TEST(a_device_that_says_it_is_broken) {
  Machine machine(1);
  CHECK(machine.run([](Machine& one) -> rt::Task<> {
    one.device.broken = true;
    CHECK((co_await one.disk->flush()).has_value());
  }));
  CHECK_EQ(machine.device.resets, 1u);
  CHECK_EQ(machine.device.flushes, 1u);
}

TEST(one_request_that_is_never_answered) {
  Machine machine(1);
  machine.device.faults.never = 1000;
  machine.conditions.resets = 100;
  CHECK(machine.run([](Machine& one) -> rt::Task<> {
    const Status done = co_await one.disk->flush();
    CHECK(!done && done.error() == Error::io);
  }));
  CHECK_EQ(machine.device.hung, 3u);
}

// Pieces anywhere: in one command where their pages join, else in several.
TEST(pieces_and_pages) {
  Machine machine(1);
  CHECK(machine.run([](Machine& one) -> rt::Task<> {
    const auto buffer = one.memory.make(1 << 20);
    for (std::size_t at = 0; at < buffer.size(); ++at) buffer.bytes()[at] = static_cast<std::byte>(at * 7 + at / 4096);
    const auto piece = [&](std::size_t at, std::uint32_t bytes) { return DmaRange{buffer.address() + at, bytes}; };
    const auto commands = [&](std::initializer_list<DmaRange> pieces) -> rt::Task<std::size_t> {
      const std::vector<DmaRange> where(pieces);
      const std::size_t before = one.device.by_queue[1];
      CHECK((co_await one.disk->write(0, where, false)).has_value());
      std::size_t at = 0;
      for (const DmaRange& part : where) {
        CHECK(std::ranges::equal(buffer.bytes().subspan(part.address - buffer.address(), part.bytes), std::span(one.device.content).subspan(at, part.bytes)));
        at += part.bytes;
      }
      co_return one.device.by_queue[1] - before;
    };
    CHECK_EQ(co_await commands({piece(0, 512)}), 1u);
    CHECK_EQ(co_await commands({piece(4, 512)}), 1u);
    CHECK_EQ(co_await commands({piece(3584, 8192)}), 1u);
    CHECK_EQ(co_await commands({piece(0, 512), piece(512, 512)}), 1u);
    CHECK_EQ(co_await commands({piece(0, 512), piece(8192, 512)}), 2u);
    CHECK_EQ(co_await commands({piece(3584, 512), piece(16384, 4096), piece(8192, 4096), piece(40960, 512)}), 1u);
    CHECK_EQ(co_await commands({piece(3584, 512), piece(4096, 512), piece(4608, 4096), piece(65536, 512)}), 2u);
    CHECK_EQ(co_await commands({piece(0, 512 * 1024)}), 1u);
    CHECK_EQ(co_await commands({piece(3584, 512 * 1024)}), 1u);
    CHECK_EQ(co_await commands({piece(512, 1024), piece(5120, 1024), piece(0, 512)}), 3u);
  }));
  check_honest(machine);
}

TEST(discards) {
  Machine machine(1);
  CHECK(machine.run([](Machine& one) -> rt::Task<> { CHECK((co_await one.disk->discard(4096, 200 * 512)).has_value()); }));
  CHECK_EQ(machine.device.discards, 1u);
  CHECK(machine.device.content.at(4096) == std::byte{0xdd} && machine.device.content.at(4096 + 200 * 512 - 1) == std::byte{0xdd});
  CHECK(machine.device.content.at(4095) == std::byte{0} && machine.device.content.at(4096 + 200 * 512) == std::byte{0});
  check_honest(machine);
}

TEST(facts) {
  const auto facts_of = [](void (*change)(SimulatedNvme&)) {
    Machine machine(1);
    change(machine.device);
    const bool begun = machine.begin().empty();
    return begun ? std::optional(machine.disk->facts()) : std::nullopt;
  };
  const auto facts = facts_of([](SimulatedNvme& one) { one.shift = 12; });
  CHECK(facts && facts->bytes == DiskBench::kBytes && facts->sector_bytes == 4096 && facts->most_pieces == 64 && facts->most_bytes == 512 * 1024);
  CHECK(facts && facts->can_flush && facts->can_discard && !facts->read_only);
  const auto plain = facts_of([](SimulatedNvme& one) {
    one.protection = 1;
    one.cache = 0;
    one.optional = 0;
    one.most_transfer = 2;
    one.sectors = ~std::uint64_t{0};
  });
  CHECK(plain && plain->sector_bytes == 512 && plain->most_bytes == 16384 && plain->read_only && !plain->can_flush && !plain->can_discard);
  CHECK(plain && plain->bytes == ~std::uint64_t{0} / 512 * 512);
  CHECK(facts_of([](SimulatedNvme& one) { one.version = 0x1'0000; one.space = 1; }));
}

TEST(what_is_refused) {
  const auto refused = [](void (*change)(SimulatedNvme&), std::string_view why) {
    Machine machine(1);
    change(machine.device);
    CHECK_EQ(machine.begin(), why);
  };
  refused([](SimulatedNvme& one) { one.space = 0; }, "it has no namespace");
  refused([](SimulatedNvme& one) { one.shift = 8; }, "its sectors have a size that is not supported");
  refused([](SimulatedNvme& one) { one.shift = 13; }, "its sectors have a size that is not supported");
  refused([](SimulatedNvme& one) { one.metadata = 8; }, "its sectors have metadata, which is not supported");
  refused([](SimulatedNvme& one) { one.sectors = 0; }, "its namespace is empty");
  refused([](SimulatedNvme& one) { one.capabilities &= ~(std::uint64_t{1} << 37); }, "it has no NVM commands");
  refused([](SimulatedNvme& one) { one.capabilities |= std::uint64_t{1} << 48; }, "its pages are larger than 4 KiB");
  refused([](SimulatedNvme& one) { one.capabilities &= ~std::uint64_t{0xffff}; }, "its queues are too short");
  refused([](SimulatedNvme& one) { one.capabilities |= std::uint64_t{15} << 32; }, "its registers are not all there");
  refused([](SimulatedNvme& one) { one.window = 0x100c; }, "its registers are not all there");
  refused([](SimulatedNvme& one) { one.faults.ready = false; }, "it does not get ready");
  refused([](SimulatedNvme& one) { one.faults.silent = true; }, "it does not answer");
}
