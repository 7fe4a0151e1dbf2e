// SPDX-License-Identifier: Apache-2.0
// The driver's side of a virtqueue against a device that is played here, honest or not.
#include "components/console/virtqueue.hpp"

#include <cstring>
#include <memory>

#include "tests/support/check.hpp"

using namespace tessera;
using console::Virtqueue;

namespace {

struct alignas(4096) Memory {
  std::array<std::byte, Virtqueue::kBytes> bytes{};
  template <typename T>
  T get(std::size_t offset) const {
    T value;
    std::memcpy(&value, std::span(bytes).subspan(offset, sizeof(T)).data(), sizeof(T));
    return value;
  }
  template <typename T>
  void put(std::size_t offset, T value) {
    std::memcpy(std::span(bytes).subspan(offset, sizeof(T)).data(), &value, sizeof(T));
  }
  void complete(std::uint16_t position, std::uint32_t id, std::uint32_t count, std::uint16_t entries) {
    put(Virtqueue::kUsed + 4 + 8u * (position % entries), id);
    put(Virtqueue::kUsed + 8 + 8u * (position % entries), count);
    put(Virtqueue::kUsed + 2, static_cast<std::uint16_t>(position + 1));
  }
};

}  // namespace

TEST(buffers_go_round) {
  const auto memory = std::make_unique<Memory>();
  auto queue = Virtqueue::over(memory->bytes, 4);
  CHECK(queue.has_value());
  for (std::uint32_t round = 0; round < 70'000; ++round) {  // past the end of 16 bits
    const auto position = static_cast<std::uint16_t>(round);
    const auto buffer = static_cast<std::uint16_t>(round % 4);
    queue->offer(buffer, 0x1000 + round, 64, true);
    if (round % 1000 == 0) {
      CHECK_EQ(memory->get<std::uint16_t>(Virtqueue::kAvailable + 2), static_cast<std::uint16_t>(position + 1));
      CHECK_EQ(memory->get<std::uint16_t>(Virtqueue::kAvailable + 4 + 2u * (position % 4)), buffer);
      CHECK_EQ(memory->get<std::uint64_t>(16u * buffer), 0x1000u + round);
      CHECK_EQ(memory->get<std::uint16_t>(16u * buffer + 12), 2u);
    }
    memory->complete(position, buffer, 33, 4);
    const auto used = queue->take();
    if (!used || !*used || (*used)->buffer != buffer || (*used)->bytes != 33) {
      CHECK(false);
      return;
    }
  }
  const auto nothing = queue->take();
  CHECK(nothing && !*nothing);
  CHECK_EQ(queue->outstanding(), 0u);
}

TEST(a_lying_device_is_an_error) {
  const auto memory = std::make_unique<Memory>();
  const auto fresh = [&] {
    auto queue = Virtqueue::over(memory->bytes, 8);
    queue->offer(3, 0x1000, 64, false);
    return *queue;
  };
  auto queue = fresh();
  memory->put(Virtqueue::kUsed + 2, std::uint16_t{2});  // more than was offered
  CHECK(!queue.take());
  queue = fresh();
  memory->put(Virtqueue::kUsed + 2, std::uint16_t{0xffff});
  CHECK(!queue.take());
  queue = fresh();
  memory->complete(0, 8, 1, 8);  // no such buffer
  CHECK(!queue.take());
  queue = fresh();
  memory->complete(0, 2, 1, 8);  // not offered
  CHECK(!queue.take());
  queue = fresh();
  queue.offer(4, 0, 1, false);
  memory->complete(0, 3, 1, 8);
  CHECK(queue.take().value().has_value());
  memory->complete(1, 3, 1, 8);  // twice
  CHECK(!queue.take());
}

TEST(flags) {
  const auto memory = std::make_unique<Memory>();
  auto queue = Virtqueue::over(memory->bytes, 8);
  CHECK(queue->wants_notice());
  memory->put(Virtqueue::kUsed, std::uint16_t{1});
  CHECK(!queue->wants_notice());
  queue->set_interrupts(false);
  CHECK_EQ(memory->get<std::uint16_t>(Virtqueue::kAvailable), 1u);
  queue->set_interrupts(true);
  CHECK_EQ(memory->get<std::uint16_t>(Virtqueue::kAvailable), 0u);
}

TEST(memory_that_cannot_be_used) {
  const auto memory = std::make_unique<Memory>();
  for (const std::uint16_t entries : std::array<std::uint16_t, 4>{0, 3, 65, 128}) CHECK(!Virtqueue::over(memory->bytes, entries));
  CHECK(!Virtqueue::over(std::span(memory->bytes).first(4000), 8));
}
