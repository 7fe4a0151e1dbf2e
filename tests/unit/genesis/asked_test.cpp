// SPDX-License-Identifier: Apache-2.0
// The places, addresses and memory of what a component asks for while it runs.
#include "components/genesis/asked.hpp"

#include <algorithm>
#include <random>

#include "tests/support/check.hpp"

namespace tessera::genesis::test {

namespace {

constexpr std::uint64_t kBase = 0xffff'8001'0000'0000, kLimit = kBase + (std::uint64_t{1} << 30), kMiB = 1 << 20;

}  // namespace

TEST(places_are_used_again) {
  Asked asked;
  asked.begin({.entry = 3, .slot = 9, .address = kBase});
  CHECK_EQ(asked.room().entry, 3u);
  for (std::size_t i = 0; i < Asked::kMostPlaces; ++i) CHECK(asked.take_place() == i);
  CHECK(!asked.take_place());
  asked.give_back(1u << 5 | 1u << 31);
  CHECK(asked.take_place() == 5u);
  CHECK(asked.take_place() == 31u);
  CHECK(!asked.take_place());
  asked.begin({});
  CHECK(asked.take_place() == 0u);
}

TEST(addresses_are_used_again) {
  Asked asked;
  asked.begin({.address = kBase});
  CHECK(asked.take_addresses(0, 4096, kLimit) == kBase);
  CHECK(asked.take_addresses(1, 3 * kMiB, kLimit) == kBase + 2 * kMiB);
  CHECK(asked.take_addresses(2, 4096, kLimit) == kBase + 6 * kMiB);
  CHECK(!asked.take_addresses(3, std::uint64_t{1} << 30, kLimit));
  asked.give_back(1u << 1);
  CHECK(asked.take_addresses(1, 4096, kLimit) == kBase + 2 * kMiB);
  // With the page behind it, 2 MiB do not fit into what is left there.
  CHECK(asked.take_addresses(3, 2 * kMiB, kLimit) == kBase + 8 * kMiB);
  CHECK(asked.take_addresses(4, 2 * kMiB - 4096, kLimit) == kBase + 4 * kMiB);
}

TEST(memory_is_found_in_the_first_gap) {
  Asked asked;
  asked.begin({});
  CHECK(asked.find_memory(kMiB, kMiB) == 0u);
  CHECK(!asked.find_memory(kMiB + 4096, kMiB));
  CHECK(!asked.find_memory(~std::uint64_t{0}, kMiB));
  asked.held()[0] = {.kind = Held::Kind::memory, .which = 0, .offset = 0, .bytes = 8192};
  asked.held()[1] = {.kind = Held::Kind::memory, .which = 1, .offset = 12288, .bytes = 4096};
  asked.held()[2] = {.kind = Held::Kind::device, .which = 2, .bytes = kMiB};
  CHECK(asked.find_memory(4096, kMiB) == 8192u);
  CHECK(asked.find_memory(8192, kMiB) == 16384u);
  CHECK(!asked.find_memory(kMiB - 8192, kMiB));
  CHECK_EQ(asked.memory_number(), 2u);
  asked.held()[0] = {};
  CHECK_EQ(asked.memory_number(), 0u);
  CHECK(asked.spare() == &asked.held()[0]);
}

// Whatever comes and goes, nothing overlaps, and all of it can be had when nothing is held.
TEST(nothing_overlaps) {
  constexpr std::uint64_t kAll = 64 * 4096;
  std::mt19937_64 random(1);
  Asked asked;
  asked.begin({});
  for (unsigned round = 0; round < 20'000; ++round) {
    if (Held* const spare = asked.spare(); spare != nullptr && random() % 2 == 0) {
      const std::uint64_t bytes = (1 + random() % 20) * 4096;
      const auto offset = asked.find_memory(bytes, kAll);
      if (!offset) continue;
      CHECK(*offset + bytes <= kAll);
      for (const Held& one : asked.held()) CHECK(one.kind == Held::Kind::none || *offset >= one.offset + one.bytes || one.offset >= *offset + bytes);
      *spare = {.kind = Held::Kind::memory, .which = asked.memory_number(), .offset = *offset, .bytes = bytes};
    } else {
      asked.held()[random() % Asked::kMostHeld] = {};
    }
  }
  std::ranges::fill(asked.held(), Held{});
  CHECK(asked.find_memory(kAll, kAll) == 0u);
}

}  // namespace tessera::genesis::test
