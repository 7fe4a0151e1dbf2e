// SPDX-License-Identifier: Apache-2.0
// A heap over ranges of memory that it is given: two-level segregated fit
// (Masmano, Ripoll, Crespo, Real: "TLSF", ECRTS 2004). Allocation and release take
// bounded time whatever the heap holds.
//
// Invariants: payloads are aligned to 16; headers are as heap_block.hpp has them; a free
// block's size stands also in its last word; no two free blocks are neighbours; a
// range ends in a used block of size 0. Not responsible for locking or for where
// memory comes from.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "lib/rt/heap_block.hpp"

namespace tessera::rt {

class HeapCore {
 public:
  constexpr HeapCore() = default;

  // Memory to allocate from. At least kLeastRange bytes.
  void add_range(std::span<std::byte> range);

  // Null when nothing that large is free. `alignment` is a power of two.
  [[nodiscard]] void* allocate(std::size_t bytes, std::size_t alignment = kAlignment);
  // What allocate returned; null is ignored. False (and nothing done) when the
  // block is free already: the caller's mistake.
  [[nodiscard]] bool release(void* payload);

  // Bytes that a block has room for.
  [[nodiscard]] static std::size_t usable_bytes(const void* payload) { return heap_block::size_of(heap_block::block_of(payload)) - 8; }
  // Bytes of all blocks, and of the free ones.
  [[nodiscard]] std::size_t bytes() const { return bytes_; }
  [[nodiscard]] std::size_t free_bytes() const { return free_bytes_; }

  // Bytes of a range that is enough for an allocation, for whoever makes the heap grow.
  [[nodiscard]] static constexpr std::size_t range_for(std::size_t bytes, std::size_t alignment) {
    // The search rounds up to a class; a range loses its first and last words.
    const std::size_t sought = bytes + alignment + 3 * heap_block::kLeast;
    return sought + sought / kSecondLevel + 2 * heap_block::kLeast;
  }

  static constexpr std::size_t kAlignment = heap_block::kAlignment;
  static constexpr std::size_t kLeastRange = 4096;

 private:
  struct FreeLinks;
  static constexpr unsigned kSecondLevelBits = 4;
  static constexpr unsigned kSecondLevel = 1u << kSecondLevelBits;
  static constexpr unsigned kFirstLevel = 34;  // up to 2^41 bytes
  static constexpr unsigned kSmallBits = 8;    // below 256 bytes classes are 16 bytes apart

  struct Class {
    unsigned first = 0;
    unsigned second = 0;
  };
  static Class class_of(std::size_t bytes);
  // The smallest class all of whose blocks have at least `bytes`.
  static Class class_for(std::size_t bytes);

  void insert(std::uint64_t block, std::size_t bytes);
  void remove(std::uint64_t block, std::size_t bytes);
  std::uint64_t find(std::size_t bytes);
  void use(std::uint64_t block, std::size_t total, std::size_t bytes);

  std::uint64_t first_map_ = 0;
  std::array<std::uint32_t, kFirstLevel> second_map_{};
  std::array<std::array<FreeLinks*, kSecondLevel>, kFirstLevel> lists_{};
  std::size_t bytes_ = 0;
  std::size_t free_bytes_ = 0;
};

}  // namespace tessera::rt
