// SPDX-License-Identifier: Apache-2.0
// The entropy device's driver against a simulated one.
#include "components/drivers/virtio_rng/rng.hpp"

#include <algorithm>

#include "lib/ddk/simulator/virtio_simulator.hpp"
#include "tests/support/check.hpp"
#include "tests/unit/lib/rt/host_runtime.hpp"

using namespace tessera;
using namespace ddk::simulator;
using virtio_rng::Rng;

namespace {

constexpr unsigned kInterrupt = 0;
std::uint64_t now = 1;

// Gives what it counts, at most `most` bytes at a time.
struct Source final : Logic {
  std::uint32_t serve(const Chain& chain) override {
    std::vector<std::byte> bytes(most);
    for (std::byte& one : bytes) one = static_cast<std::byte>(++next);
    return scatter(bytes, chain.writable);
  }
  std::size_t most = 48;
  std::uint8_t next = 0;
};

struct World {
  explicit World(std::uint64_t seed)
      : device(memory, source, seed, 0),
        rng(device, memory.make(Rng::kMemoryBytes), loop, {.answer_ns = 1000, .attempts = 2, .resets = 3, .now_ns = [] { return now; }, .note = [](std::string_view) {}}) {
    device.on_interrupt = [this] { loop.deliver(1u << kInterrupt); };
  }

  // Asks once for the memory; what the answer is.
  std::optional<std::uint32_t> ask(std::span<const ddk::DmaRange> where) {
    CHECK(rng.begin().has_value());
    std::optional<std::uint32_t> answer;
    rt::Scope driver(loop), client(loop);
    driver.spawn(rng.requests().attend(kInterrupt));
    driver.spawn(rng.requests().tell());
    driver.spawn(rng.requests().watch());
    client.spawn(fill(where, answer));
    for (unsigned step = 0; step < 1000 && client.running() > 0; ++step) {
      loop.settle();
      if (!device.step()) now += 100;
      loop.expire(now);
    }
    client.cancel();
    driver.cancel();
    loop.settle();
    for (const std::string& one : device.complaints()) CHECK_EQ(one, "");
    return answer;
  }
  rt::Task<> fill(std::span<const ddk::DmaRange> where, std::optional<std::uint32_t>& answer) { answer = co_await rng.fill(where); }

  HostMemory memory;
  Source source;
  test::HostLoop loop;
  VirtioSimulator device;
  Rng rng;
};

}  // namespace

TEST(bytes_go_where_they_were_wanted) {
  World world(1);
  const ddk::DmaRegion first = world.memory.make(32), second = world.memory.make(32);
  const std::array<ddk::DmaRange, 2> where{{{first.address(), 32}, {second.address(), 32}}};
  CHECK(world.ask(where) == 48u);
  CHECK(first.bytes()[0] == std::byte{1} && first.bytes()[31] == std::byte{32});
  CHECK(second.bytes()[0] == std::byte{33} && second.bytes()[15] == std::byte{48} && second.bytes()[16] == std::byte{0});
}

TEST(a_device_that_gives_nothing_breaks_the_rules) {
  World world(1);
  world.source.most = 0;
  const ddk::DmaRegion memory = world.memory.make(32);
  const std::array<ddk::DmaRange, 1> where{{{memory.address(), 32}}};
  CHECK(!world.ask(where));
  CHECK_EQ(world.device.resets(), 3u);
}

TEST(a_silent_device_is_asked_again) {
  for (std::uint64_t seed = 1; seed < 20; ++seed) {
    World world(seed);
    world.device.faults = {.never = 300};
    const ddk::DmaRegion memory = world.memory.make(32);
    const std::array<ddk::DmaRange, 1> where{{{memory.address(), 32}}};
    const auto answer = world.ask(where);
    CHECK_EQ(world.device.resets(), 1 + world.device.hung());
    CHECK(answer == 32u || (!answer && world.device.hung() == 2));
  }
}
