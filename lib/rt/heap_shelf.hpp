// SPDX-License-Identifier: Apache-2.0
// What stands before a HeapCore: small blocks, which are handed out again as they are, with a list for each size, and
// larger ones with a list for sizes that are near each other. For the core they are in use. A heap that several use at
// once has a shelf for each of them: they then neither wait for each other nor pass the same memory to and fro between
// their cores. Not responsible for locking.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "lib/rt/heap_block.hpp"
#include "lib/rt/heap_core.hpp"

namespace tessera::rt {

class HeapShelf {
 public:
  enum class Put : std::uint8_t {
    kept,
    full,  // or too large: the core's
    twice  // it is free already: the caller's mistake
  };

  constexpr HeapShelf() = default;

  // A block with room for `bytes`; null when there is none at hand. `alignment` is a power of two.
  [[nodiscard]] void* take(std::size_t bytes, std::size_t alignment = heap_block::kAlignment);
  [[nodiscard]] Put put(void* payload);
  // Of all blocks that lie here.
  [[nodiscard]] std::size_t bytes() const;
  // Gives all blocks to the core they came from.
  void clear(HeapCore& core);

 private:
  static constexpr std::size_t kMostSmall = 1024, kMostBlock = 4096;  // bytes
  static constexpr std::size_t kLargeStep = 128;
  // How much of a list, whichever is more: bytes, blocks. Together not a megabyte.
  static constexpr std::size_t kMostKept = 8192, kSureBlocks = 4;

  struct Kept {
    Kept* next = nullptr;
    std::uint64_t mark = 0;  // what a block that lies here has, and hardly another one
  };
  struct List {
    Kept* first = nullptr;
    std::size_t bytes = 0;
  };
  static constexpr std::size_t kLastSmall = kMostSmall / heap_block::kAlignment;
  static constexpr std::size_t kLists = kLastSmall + (kMostBlock - kMostSmall) / kLargeStep + 1;
  // Of blocks of that size.
  static constexpr std::size_t list_of(std::size_t size) {
    return size <= kMostSmall ? size / heap_block::kAlignment : kLastSmall + (size - kMostSmall + kLargeStep - 1) / kLargeStep;
  }
  static std::uint64_t mark_of(const Kept* block) { return reinterpret_cast<std::uint64_t>(block) ^ 0x9e37'79b9'7f4a'7c15; }

  std::array<List, kLists> lists_{};
};

}  // namespace tessera::rt
