// SPDX-License-Identifier: Apache-2.0
#include "lib/ring/byte_ring.hpp"

#include <algorithm>
#include <memory>
#include <thread>
#include <vector>

#include "tests/support/check.hpp"
#include "tests/unit/lib/ring/wake.hpp"

using namespace tessera;
using ring::ByteChannel;
using test::Wake;

namespace {

constexpr std::uint64_t kProtocol = 0x1234'5678'9abc'def0;

struct alignas(4096) Region {
  std::array<std::byte, 16384> bytes{};
  ring::RingHeader& header(unsigned half) { return *reinterpret_cast<ring::RingHeader*>(&bytes.at(half * 8192)); }
};

std::vector<std::byte> pattern(std::size_t count, std::size_t first = 0) {
  std::vector<std::byte> result(count);
  for (std::size_t i = 0; i < count; ++i) result[i] = static_cast<std::byte>((first + i) * 7 + ((first + i) >> 8));
  return result;
}

}  // namespace

TEST(bytes_come_out_as_they_went_in) {
  const auto region = std::make_unique<Region>();
  auto left = ByteChannel::attach(region->bytes, 0, kProtocol), right = ByteChannel::attach(region->bytes, 1, kProtocol);
  CHECK(left.has_value() && right.has_value());
  CHECK_EQ(left->out.capacity(), 4096u);
  const auto sent = pattern(1000);
  for (unsigned round = 0; round < 50; ++round) {
    CHECK_EQ(left->out.write(sent).value(), 1000u);
    CHECK_EQ(right->in.readable().value(), 1000u);
    std::vector<std::byte> received(1200);
    CHECK_EQ(right->in.read(received).value(), 1000u);
    received.resize(1000);
    CHECK(received == sent);
    CHECK(left->out.drained());
  }
}

TEST(both_ways_are_separate) {
  const auto region = std::make_unique<Region>();
  auto left = ByteChannel::attach(region->bytes, 0, kProtocol), right = ByteChannel::attach(region->bytes, 1, kProtocol);
  CHECK_EQ(left->out.write(pattern(10)).value(), 10u);
  CHECK_EQ(right->out.write(pattern(20)).value(), 20u);
  CHECK_EQ(right->in.readable().value(), 10u);
  CHECK_EQ(left->in.readable().value(), 20u);
}

TEST(a_full_ring_takes_no_more) {
  const auto region = std::make_unique<Region>();
  auto left = ByteChannel::attach(region->bytes, 0, kProtocol), right = ByteChannel::attach(region->bytes, 1, kProtocol);
  CHECK_EQ(left->out.write(pattern(5000)).value(), 4096u);
  CHECK_EQ(left->out.write(pattern(1)).value(), 0u);
  CHECK_EQ(left->out.writable().value(), 0u);
  std::vector<std::byte> some(100);
  CHECK_EQ(right->in.read(some).value(), 100u);
  CHECK_EQ(left->out.writable().value(), 100u);
}

TEST(taken_bytes_keep_their_room_until_released) {
  const auto region = std::make_unique<Region>();
  auto left = ByteChannel::attach(region->bytes, 0, kProtocol), right = ByteChannel::attach(region->bytes, 1, kProtocol);
  CHECK_EQ(left->out.write(pattern(4096)).value(), 4096u);
  std::vector<std::byte> some(1000);
  CHECK_EQ(right->in.take(some).value(), 1000u);
  CHECK_EQ(left->out.writable().value(), 0u);
  CHECK_EQ(right->in.readable().value(), 3096u);
  right->in.release(400);
  CHECK_EQ(left->out.writable().value(), 400u);
  right->in.release(10'000);  // never more than was taken
  CHECK_EQ(left->out.writable().value(), 1000u);
  CHECK(!left->out.drained());
}

TEST(a_side_that_restarts_goes_on) {
  const auto region = std::make_unique<Region>();
  auto left = ByteChannel::attach(region->bytes, 0, kProtocol), right = ByteChannel::attach(region->bytes, 1, kProtocol);
  CHECK_EQ(left->out.write(pattern(100)).value(), 100u);
  std::vector<std::byte> some(60);
  CHECK_EQ(right->in.take(some).value(), 60u);
  right->in.release(20);
  auto again = ByteChannel::attach(region->bytes, 1, kProtocol);
  CHECK_EQ(again->in.readable().value(), 80u);
  CHECK_EQ(again->in.read(some).value(), 60u);
  CHECK(std::ranges::equal(some, pattern(60, 20)));
}

TEST(a_lying_peer_is_an_error_and_changes_nothing) {
  const auto region = std::make_unique<Region>();
  auto left = ByteChannel::attach(region->bytes, 0, kProtocol), right = ByteChannel::attach(region->bytes, 1, kProtocol);
  CHECK_EQ(left->out.write(pattern(10)).value(), 10u);
  std::vector<std::byte> buffer(5000);
  for (const std::uint64_t lie : {std::uint64_t{5000}, ~std::uint64_t{0} - 5000, std::uint64_t{1} << 63}) {
    region->header(0).tail.value = lie;
    CHECK(right->in.readable() == std::unexpected(ring::RingError::bad_peer));
    CHECK(right->in.read(buffer) == std::unexpected(ring::RingError::bad_peer));
    region->header(0).head.value = lie;
    CHECK(left->out.write(buffer) == std::unexpected(ring::RingError::bad_peer));
    CHECK(left->out.writable() == std::unexpected(ring::RingError::bad_peer));
  }
  region->header(0).tail.value = 10;
  CHECK_EQ(right->in.readable().value(), 10u);
  // Going back behind what was taken.
  CHECK_EQ(right->in.take(std::span(buffer).first(8)).value(), 8u);
  region->header(0).tail.value = 5;
  CHECK(right->in.readable() == std::unexpected(ring::RingError::bad_peer));
  region->header(0).mode = 77;
  CHECK_EQ(right->in.mode(), 77u);
}

TEST(indices_may_wrap_around) {
  const auto region = std::make_unique<Region>();
  region->header(0).tail.value = region->header(0).head.value = ~std::uint64_t{0} - 50;
  auto left = ByteChannel::attach(region->bytes, 0, kProtocol), right = ByteChannel::attach(region->bytes, 1, kProtocol);
  CHECK_EQ(left->out.write(pattern(100)).value(), 100u);
  std::vector<std::byte> received(100);
  CHECK_EQ(right->in.read(received).value(), 100u);
  CHECK(received == pattern(100));
}

TEST(who_speaks_another_protocol_is_not_heard) {
  const auto region = std::make_unique<Region>();
  auto left = ByteChannel::attach(region->bytes, 0, kProtocol), right = ByteChannel::attach(region->bytes, 1, kProtocol + 1);
  CHECK_EQ(right->in.readable().value(), 0u);
  CHECK_EQ(left->out.write(pattern(10)).value(), 10u);
  std::vector<std::byte> received(10);
  CHECK(right->in.readable() == std::unexpected(ring::RingError::wrong_protocol));
  CHECK(right->in.read(received) == std::unexpected(ring::RingError::wrong_protocol));
  CHECK(right->in.take(received) == std::unexpected(ring::RingError::wrong_protocol));
  CHECK_EQ(right->out.write(pattern(3)).value(), 3u);
  CHECK(left->in.read(received) == std::unexpected(ring::RingError::wrong_protocol));
  // Another life of it that speaks the same finds all bytes.
  right = ByteChannel::attach(region->bytes, 1, kProtocol);
  CHECK_EQ(right->in.read(received).value(), 10u);
  CHECK(received == pattern(10));
  CHECK_EQ(left->in.read(received).value(), 3u);
}

TEST(regions_that_cannot_be_used) {
  const auto region = std::make_unique<Region>();
  const auto bytes = std::span(region->bytes);
  CHECK(!ByteChannel::attach({}, 0, kProtocol).has_value());
  CHECK(!ByteChannel::attach(bytes.first(4096), 0, kProtocol).has_value());
  CHECK(!ByteChannel::attach(bytes.subspan(8, 8192), 0, kProtocol).has_value());
  CHECK(!ByteChannel::attach(bytes, 2, kProtocol).has_value());
}

TEST(a_wake_is_asked_for_once) {
  const auto region = std::make_unique<Region>();
  auto left = ByteChannel::attach(region->bytes, 0, kProtocol), right = ByteChannel::attach(region->bytes, 1, kProtocol);
  CHECK(!left->out.should_wake_reader());
  right->in.prepare_sleep();
  CHECK(left->out.should_wake_reader());
  CHECK(!left->out.should_wake_reader());
  left->out.prepare_sleep();
  CHECK(right->in.should_wake_writer());
  left->out.prepare_sleep();
  left->out.awake();
  CHECK(!right->in.should_wake_writer());
}

// Each side sleeps only after it said so; a lost wake would hang the test.
TEST(two_threads_pass_a_stream) {
  const auto region = std::make_unique<Region>();
  constexpr std::size_t kTotal = 4 << 20;
  Wake data, room;
  std::thread producer([&] {
    auto side = ByteChannel::attach(region->bytes, 0, kProtocol);
    std::size_t sent = 0, step = 1;
    while (sent < kTotal) {
      step = step * 5 % 1999 + 1;
      const auto bytes = pattern(std::min(step, kTotal - sent), sent);
      const std::size_t count = side->out.write(bytes).value();
      sent += count;
      if (side->out.should_wake_reader()) data.raise();
      if (count == bytes.size()) continue;
      side->out.prepare_sleep();
      if (side->out.writable().value() == 0) room.wait();
      side->out.awake();
    }
  });
  auto side = ByteChannel::attach(region->bytes, 1, kProtocol);
  std::size_t received = 0, wrong = 0;
  std::vector<std::byte> buffer(1500);
  while (received < kTotal) {
    const std::size_t count = side->in.read(buffer).value();
    if (count == 0) {
      side->in.prepare_sleep();
      if (side->in.readable().value() == 0) data.wait();
      side->in.awake();
      continue;
    }
    const auto expected = pattern(count, received);
    if (!std::ranges::equal(std::span(buffer).first(count), expected)) ++wrong;
    received += count;
    if (side->in.should_wake_writer()) room.raise();
  }
  producer.join();
  CHECK_EQ(wrong, 0u);
}
