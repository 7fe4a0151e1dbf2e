// SPDX-License-Identifier: Apache-2.0
// The driver's side of a virtqueue, looked at byte by byte, and against a device that lies.
#include "lib/ddk/virtqueue.hpp"

#include <cstring>

#include "lib/ddk/simulator/host_memory.hpp"
#include "tests/support/check.hpp"

using namespace tessera;
using ddk::DmaRegion;
using ddk::Virtqueue;

namespace {

// The device's side of a queue of N entries, by hand.
struct Played {
  explicit Played(std::uint16_t count, const Virtqueue::Features& features = {}, std::size_t table_parts = 0)
      : entries(count), region(memory.make(Virtqueue::bytes_for(count, table_parts))), queue(*Virtqueue::over(region, count, features, table_parts)) {}
  template <typename T>
  T get(std::uint64_t address) const {
    T value;
    std::memcpy(&value, memory.at(address, sizeof(T))->data(), sizeof(T));
    return value;
  }
  template <typename T>
  void put(std::uint64_t address, T value) {
    std::memcpy(memory.at(address, sizeof(T))->data(), &value, sizeof(T));
  }
  void complete(std::uint16_t position, std::uint32_t id, std::uint32_t count) {
    put(queue.device_address() + 4 + 8u * (position % entries), id);
    put(queue.device_address() + 8 + 8u * (position % entries), count);
    put(queue.device_address() + 2, static_cast<std::uint16_t>(position + 1));
  }
  std::uint16_t head(std::uint16_t position) const { return get<std::uint16_t>(queue.driver_address() + 4 + 2u * (position % entries)); }
  bool offer(std::uint16_t token, std::uint64_t address, std::uint32_t bytes, bool writes) {
    const Virtqueue::Part part{address, bytes, writes};
    return queue.offer(token, std::span(&part, 1));
  }

  std::uint16_t entries;
  ddk::simulator::HostMemory memory;
  DmaRegion region;
  Virtqueue queue;
};

constexpr std::array<Virtqueue::Part, 3> kThree{{{0x1000, 16, false}, {0x2000, 512, true}, {0x3000, 1, true}}};

}  // namespace

TEST(buffers_go_round) {
  Played played(4);
  for (std::uint32_t round = 0; round < 70'000; ++round) {  // past the end of 16 bits
    const auto position = static_cast<std::uint16_t>(round);
    const auto token = static_cast<std::uint16_t>(round * 7);
    CHECK(played.offer(token, 0x1000 + round, 64, true));
    const std::uint16_t head = played.head(position);
    if (round % 1000 == 0) {
      CHECK_EQ(played.get<std::uint16_t>(played.queue.driver_address() + 2), static_cast<std::uint16_t>(position + 1));
      CHECK_EQ(played.get<std::uint64_t>(played.queue.descriptors_address() + 16u * head), 0x1000u + round);
      CHECK_EQ(played.get<std::uint16_t>(played.queue.descriptors_address() + 16u * head + 12), 2u);
    }
    played.complete(position, head, 33);
    const auto used = played.queue.take();
    if (!used || !*used || (*used)->token != token || (*used)->bytes != 33) {
      CHECK(false);
      return;
    }
  }
  const auto nothing = played.queue.take();
  CHECK(nothing && !*nothing);
  CHECK_EQ(played.queue.outstanding(), 0u);
}

TEST(chains) {
  Played played(8);
  CHECK(played.queue.offer(1, kThree));
  std::uint16_t at = played.head(0);
  for (const Virtqueue::Part& part : kThree) {
    const std::uint64_t descriptor = played.queue.descriptors_address() + 16u * at;
    CHECK_EQ(played.get<std::uint64_t>(descriptor), part.address);
    CHECK_EQ(played.get<std::uint32_t>(descriptor + 8), part.bytes);
    CHECK_EQ(played.get<std::uint16_t>(descriptor + 12), (part.device_writes ? 2u : 0u) | (part.bytes == 1 ? 0u : 1u));
    at = played.get<std::uint16_t>(descriptor + 14);
  }
  CHECK(played.queue.offer(2, kThree));
  CHECK(!played.queue.offer(3, kThree));  // two are left
  CHECK(!played.queue.offer(3, {}));
  played.complete(0, played.head(1), 513);
  CHECK_EQ(played.queue.take().value()->token, 2u);
  CHECK(played.queue.offer(3, kThree));
}

TEST(tables) {
  Played played(2, {.indirect = true, .event_index = false}, 4);
  CHECK(played.queue.offer(1, kThree));
  CHECK(played.queue.offer(2, kThree));
  CHECK(!played.queue.offer(3, kThree));
  const std::uint64_t descriptor = played.queue.descriptors_address() + 16u * played.head(1);
  CHECK_EQ(played.get<std::uint32_t>(descriptor + 8), 48u);
  CHECK_EQ(played.get<std::uint16_t>(descriptor + 12), 4u);
  const auto table = played.get<std::uint64_t>(descriptor);
  CHECK_EQ(played.get<std::uint64_t>(table + 16), 0x2000u);
  CHECK_EQ(played.get<std::uint16_t>(table + 16 + 12), 3u);
  CHECK_EQ(played.get<std::uint16_t>(table + 16 + 14), 2u);
  CHECK_EQ(played.get<std::uint16_t>(table + 32 + 12), 2u);
}

TEST(a_lying_device_is_an_error) {
  Played played(8);
  const auto fresh = [&] {
    played.queue = *Virtqueue::over(played.region, 8);
    CHECK(played.offer(3, 0x1000, 64, true));
    return played.head(0);
  };
  const auto index = played.queue.device_address() + 2;
  fresh();
  played.put(index, std::uint16_t{2});  // more than was offered
  CHECK(!played.queue.take());
  fresh();
  played.put(index, std::uint16_t{0xffff});
  CHECK(!played.queue.take());
  fresh();
  played.complete(0, 8, 1);  // no such descriptor
  CHECK(!played.queue.take());
  std::uint16_t head = fresh();
  played.complete(0, head + 1u, 1);  // not offered
  CHECK(!played.queue.take());
  head = fresh();
  played.complete(0, head, 65);  // more than it may write
  CHECK(!played.queue.take());
  head = fresh();
  CHECK(played.offer(4, 0x1000, 1, false));
  played.complete(0, head, 1);
  CHECK(played.queue.take().value().has_value());
  played.complete(1, head, 1);  // twice
  CHECK(!played.queue.take());
}

TEST(flags) {
  Played played(8);
  CHECK(played.queue.wants_notice());
  played.put(played.queue.device_address(), std::uint16_t{1});
  CHECK(!played.queue.wants_notice());
  played.queue.set_interrupts(false);
  CHECK_EQ(played.get<std::uint16_t>(played.queue.driver_address()), 1u);
  played.queue.set_interrupts(true);
  CHECK_EQ(played.get<std::uint16_t>(played.queue.driver_address()), 0u);
}

TEST(event_indices) {
  Played played(8, {.indirect = false, .event_index = true});
  const std::uint64_t event = played.queue.device_address() + 4 + 8 * 8;
  CHECK(played.offer(0, 0x1000, 1, true));
  CHECK(played.queue.wants_notice());  // the event is 0, and index 0 was passed
  CHECK(!played.queue.wants_notice());
  CHECK(played.offer(1, 0x1000, 1, true));
  CHECK(!played.queue.wants_notice());
  played.put(event, std::uint16_t{3});
  CHECK(played.offer(2, 0x1000, 1, true));
  CHECK(!played.queue.wants_notice());
  CHECK(played.offer(3, 0x1000, 1, true));
  CHECK(played.queue.wants_notice());
  played.complete(0, played.head(0), 1);
  CHECK(played.queue.take().value().has_value());
  const std::uint64_t used_event = played.queue.driver_address() + 4 + 2 * 8;
  played.queue.set_interrupts(true);
  CHECK_EQ(played.get<std::uint16_t>(used_event), 1u);
  played.queue.set_interrupts(false);
  CHECK_EQ(played.get<std::uint16_t>(used_event), 0x8001u);
}

TEST(memory_that_cannot_be_used) {
  ddk::simulator::HostMemory memory;
  const DmaRegion region = memory.make(Virtqueue::bytes_for(512));
  for (const std::uint16_t entries : std::array<std::uint16_t, 4>{0, 3, 65, 512}) CHECK(!Virtqueue::over(region, entries));
  CHECK(!Virtqueue::over(region.part(0, Virtqueue::bytes_for(8) - 1), 8));
  CHECK(!Virtqueue::over(region.part(8, Virtqueue::bytes_for(8)), 8));
  CHECK(!Virtqueue::over(region.part(0, Virtqueue::bytes_for(8)), 8, {.indirect = true, .event_index = false}, 4));
}
