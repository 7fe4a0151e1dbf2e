// SPDX-License-Identifier: Apache-2.0
#include "lib/rt/heap_core.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <random>
#include <vector>

#include "lib/rt/heap_shelf.hpp"
#include "tests/support/check.hpp"

using tessera::rt::HeapCore;
using tessera::rt::HeapShelf;

namespace {

struct Block {
  unsigned char* at = nullptr;
  std::size_t bytes = 0;
  unsigned char mark = 0;
};

std::span<unsigned char> content(const Block& block) {
#pragma clang unsafe_buffer_usage begin
  return {block.at, block.bytes};
#pragma clang unsafe_buffer_usage end
}

bool intact(const Block& block) {
  return std::ranges::all_of(content(block), [&](unsigned char byte) { return byte == block.mark; });
}

}  // namespace

TEST(random_use_keeps_blocks_apart) {
  std::vector<std::byte> memory(4 << 20);
  const auto heap = std::make_unique<HeapCore>();
  heap->add_range(std::span(memory).first(1 << 20));
  heap->add_range(std::span(memory).subspan((1 << 20) + 24));
  std::mt19937 random(1);
  std::vector<Block> blocks;
  for (unsigned step = 0; step < 100'000; ++step) {
    if (random() % 5 < 3 || blocks.empty()) {
      const std::size_t bytes = random() % 8 == 0 ? random() % 60'000 : random() % 900;
      const std::size_t alignment = random() % 10 == 0 ? std::size_t{1} << (random() % 13) : 16;
      auto* at = static_cast<unsigned char*>(heap->allocate(bytes, alignment));
      if (at == nullptr) {
        CHECK(!blocks.empty());
        for (const Block& one : blocks) CHECK(heap->release(one.at));
        blocks.clear();
        continue;
      }
      CHECK_EQ(reinterpret_cast<std::uintptr_t>(at) % std::max<std::size_t>(alignment, 16), 0u);
      CHECK(HeapCore::usable_bytes(at) >= bytes);
      blocks.push_back({at, bytes, static_cast<unsigned char>(random())});
      std::ranges::fill(content(blocks.back()), blocks.back().mark);
    } else {
      std::swap(blocks[random() % blocks.size()], blocks.back());
      CHECK(intact(blocks.back()));
      CHECK(heap->release(blocks.back().at));
      blocks.pop_back();
    }
  }
  CHECK(std::ranges::all_of(blocks, intact));
}

TEST(large_blocks_join_again) {
  std::vector<std::byte> memory(1 << 20);
  const auto heap = std::make_unique<HeapCore>();
  heap->add_range(memory);
  const std::size_t all = heap->free_bytes();
  std::vector<void*> blocks;
  while (void* block = heap->allocate(5000)) blocks.push_back(block);
  CHECK(blocks.size() > 180);
  std::mt19937 random(2);
  std::ranges::shuffle(blocks, random);
  for (void* block : blocks) CHECK(heap->release(block));
  CHECK_EQ(heap->free_bytes(), all);
  CHECK(heap->allocate(all - all / 8) != nullptr);
}

TEST(small_blocks_are_reused) {
  std::vector<std::byte> memory(1 << 16);
  const auto heap = std::make_unique<HeapCore>();
  heap->add_range(memory);
  const std::size_t all = heap->free_bytes();
  HeapShelf shelf;
  CHECK(shelf.take(40) == nullptr);
  void* const first = heap->allocate(40);
  CHECK(shelf.put(first) == HeapShelf::Put::kept);
  CHECK(shelf.take(60) == nullptr);
  CHECK(shelf.take(33) == first && shelf.take(33) == nullptr);
  void* const large = heap->allocate(5000);
  CHECK(shelf.put(large) == HeapShelf::Put::full);
  CHECK(heap->release(large));
  // So many, and no more.
  std::size_t kept = 0;
  for (void* block = first; shelf.put(block) == HeapShelf::Put::kept; block = heap->allocate(40)) ++kept;
  CHECK(kept >= 16 && kept < 1000);
  shelf.clear(*heap);
  CHECK(shelf.take(40) == nullptr);
  CHECK_EQ(heap->free_bytes(), all - 48);  // but for the last one
}

TEST(a_shelf_gives_no_block_that_is_too_small_or_lies_wrong) {
  std::vector<std::byte> memory(1 << 16);
  const auto heap = std::make_unique<HeapCore>();
  heap->add_range(memory);
  HeapShelf shelf;
  // These sizes share a list.
  void* const less = heap->allocate(2048);
  void* const more = heap->allocate(2160);
  CHECK(shelf.put(less) == HeapShelf::Put::kept);
  CHECK(shelf.take(2160) == nullptr && shelf.take(2048) == less);
  CHECK(shelf.put(more) == HeapShelf::Put::kept && shelf.put(less) == HeapShelf::Put::kept);
  CHECK_EQ(shelf.bytes(), std::size_t{2064 + 2176});
  CHECK(shelf.take(2160) == more);  // it lies behind the other one
  CHECK(shelf.put(more) == HeapShelf::Put::kept);
  CHECK(shelf.take(2048) == more && shelf.take(2048) == less);
  CHECK_EQ(shelf.bytes(), std::size_t{0});
  CHECK(shelf.take(5000) == nullptr && shelf.take(~std::size_t{0}) == nullptr);
  // One of two neighbours does not lie at a multiple of 64.
  void* const wide = heap->allocate(640, 64);
  CHECK(shelf.put(wide) == HeapShelf::Put::kept && shelf.take(640, 64) == wide);
  void* narrow = heap->allocate(648);
  if (reinterpret_cast<std::uintptr_t>(narrow) % 64 == 0) narrow = heap->allocate(648);
  CHECK(shelf.put(narrow) == HeapShelf::Put::kept);
  CHECK(shelf.take(648, 64) == nullptr && shelf.take(648) == narrow);
}

TEST(mistakes_are_noticed) {
  std::vector<std::byte> memory(1 << 16);
  const auto heap = std::make_unique<HeapCore>();
  heap->add_range(memory);
  CHECK(heap->release(nullptr));
  void* const block = heap->allocate(4000);
  CHECK(heap->release(block) && !heap->release(block));
  HeapShelf shelf;
  CHECK(shelf.put(block) == HeapShelf::Put::twice);
  void* const small = heap->allocate(40);
  void* const other = heap->allocate(40);
  CHECK(shelf.put(small) == HeapShelf::Put::kept && shelf.put(other) == HeapShelf::Put::kept);
  CHECK(shelf.put(small) == HeapShelf::Put::twice && shelf.put(other) == HeapShelf::Put::twice);
  // What looks like such a block is none.
  std::array<std::uint64_t, 2> content{};
  std::memcpy(content.data(), small, sizeof content);
  void* const taken = shelf.take(40);
  std::memcpy(taken == small ? taken : shelf.take(40), content.data(), sizeof content);
  CHECK(shelf.put(small) == HeapShelf::Put::kept);
}

TEST(what_cannot_be_had) {
  std::vector<std::byte> memory(1 << 16);
  const auto heap = std::make_unique<HeapCore>();
  CHECK(heap->allocate(1) == nullptr);
  heap->add_range(std::span(memory).first(100));  // too small to be of use
  CHECK(heap->allocate(1) == nullptr);
  heap->add_range(memory);
  CHECK(heap->allocate(1 << 16) == nullptr);
  CHECK(heap->allocate(~std::size_t{0}) == nullptr);
  CHECK(heap->allocate(~std::size_t{0} - 100) == nullptr);
  CHECK(heap->allocate(16, std::size_t{1} << 40) == nullptr);
  CHECK(heap->allocate(0) != nullptr);
}

TEST(a_range_as_asked_for_suffices) {
  std::mt19937 random(3);
  for (unsigned step = 0; step < 2000; ++step) {
    const std::size_t bytes = random() % 300'000, alignment = std::size_t{16} << (random() % 9);
    std::vector<std::byte> memory(std::max(HeapCore::range_for(bytes, alignment), HeapCore::kLeastRange));
    const auto heap = std::make_unique<HeapCore>();
    heap->add_range(memory);
    CHECK(heap->allocate(bytes, alignment) != nullptr);
  }
}
