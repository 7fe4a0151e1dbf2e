// SPDX-License-Identifier: Apache-2.0
// A Heap used by several threads at once, each with a shelf of its own or not, who release what others allocated.
// What is in their blocks shows that nobody else has them; the thread sanitizer sees what is not ordered.
#include "lib/rt/heap.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <random>
#include <thread>
#include <utility>
#include <vector>

#include "lib/rt/panic.hpp"
#include "lib/rt/raw_memory.hpp"
#include "tests/support/check.hpp"

namespace tessera::rt {

void panic(std::string_view) { std::abort(); }

namespace {

constexpr std::size_t kThreads = 4, kRounds = 40'000, kPlaces = 64;
thread_local std::size_t shelf = 0;
std::size_t own_shelf() { return shelf; }

// All the memory that a heap gets.
std::span<std::byte> memory;
std::span<std::byte> grow(std::size_t) { return std::exchange(memory, {}); }

struct Block {
  std::span<std::uint64_t> words;
  void fill(std::uint64_t mark) const { std::ranges::fill(words, mark); }
  [[nodiscard]] bool holds(std::uint64_t mark) const {
    return std::ranges::all_of(words, [&](std::uint64_t word) { return word == mark; });
  }
};

// Where threads leave blocks for each other.
struct Place {
  std::atomic_flag taken;
  Block block;
  std::uint64_t mark = 0;
};

// How many of its blocks were not what they should be.
std::size_t use(Heap& heap, std::array<Place, kPlaces>& places, std::size_t number) {
  std::mt19937_64 random(number);
  std::size_t wrong = 0;
  for (std::size_t round = 0; round < kRounds; ++round) {
    Place& place = places[random() % kPlaces];
    if (place.taken.test_and_set(std::memory_order_acquire)) continue;
    if (place.block.words.empty()) {
      const std::size_t bytes = random() % 16 == 0 ? random() % 9000 : random() % 1100;
      if (void* const at = heap.allocate(bytes)) {
        place.block.words = span_at<std::uint64_t>(reinterpret_cast<std::uint64_t>(at), std::max<std::size_t>(bytes / 8, 1));
        place.mark = random();
        place.block.fill(place.mark);
      }
    } else {
      if (!place.block.holds(place.mark)) ++wrong;
      heap.release(place.block.words.data());
      place.block = {};
    }
    place.taken.clear(std::memory_order_release);
  }
  return wrong;
}

void use_by_all(std::size_t bytes, bool spread) {
  std::vector<std::byte> all(bytes);
  memory = all;
  std::array<Heap::Shelf, kThreads> shelves{};
  Heap heap(grow, own_shelf);
  if (spread) heap.spread(shelves);
  std::array<Place, kPlaces> places{};
  std::array<std::size_t, kThreads> wrong{};
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      shelf = i;
      wrong[i] = use(heap, places, i);
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const std::size_t count : wrong) CHECK_EQ(count, 0u);
  for (Place& place : places) heap.release(place.block.words.data());
  CHECK_EQ(heap.usage().free, heap.usage().bytes);
  // Nothing is lost: with what lies on the shelves it is one block again.
  CHECK(heap.allocate(bytes - bytes / 4) != nullptr);
}

}  // namespace

TEST(threads_with_a_shelf_each) { use_by_all(8 << 20, true); }
TEST(threads_that_share_one) { use_by_all(8 << 20, false); }
TEST(memory_that_is_not_enough) { use_by_all(100'000, true); }

}  // namespace tessera::rt
