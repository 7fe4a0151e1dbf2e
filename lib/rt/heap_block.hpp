// SPDX-License-Identifier: Apache-2.0
// A block of the heap, known by the address of its header word, which lies right before its payload and holds
// its whole size (a multiple of 16) and flags. Only a HeapCore changes headers; who has a block may read its
// size beside that, hence the relaxed atomics, which cost nothing.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace tessera::rt::heap_block {

inline constexpr std::uint64_t kFree = 1;          // this block is free
inline constexpr std::uint64_t kPreviousFree = 2;  // the one before it is
inline constexpr std::uint64_t kFlags = 15;
inline constexpr std::size_t kAlignment = 16;  // of payloads
inline constexpr std::size_t kLeast = 32;      // bytes of a block

inline std::uint64_t header(std::uint64_t block) {
  return std::atomic_ref(*reinterpret_cast<std::uint64_t*>(block)).load(std::memory_order_relaxed);
}
inline void set_header(std::uint64_t block, std::uint64_t value) {
  std::atomic_ref(*reinterpret_cast<std::uint64_t*>(block)).store(value, std::memory_order_relaxed);
}
inline std::size_t size_of(std::uint64_t block) { return header(block) & ~kFlags; }
inline std::uint64_t payload_of(std::uint64_t block) { return block + 8; }
inline std::uint64_t block_of(const void* payload) { return reinterpret_cast<std::uint64_t>(payload) - 8; }

constexpr std::uint64_t align_up(std::uint64_t value, std::uint64_t alignment) { return (value + alignment - 1) & ~(alignment - 1); }
// What a block for so many bytes takes at least.
constexpr std::size_t size_for(std::size_t bytes) {
  const std::uint64_t size = align_up(bytes + 8, kAlignment);
  return size < kLeast ? kLeast : size;
}

}  // namespace tessera::rt::heap_block
