// SPDX-License-Identifier: Apache-2.0
// A capability slot: one cache line that holds a capability, its place in the
// derivation tree and the generation by which stale handles are told.
//
// Invariants: zeroed memory is an empty slot. An empty slot has type none, no place
// in the tree and keeps its generation. A full slot knows its holder: the object it
// lies in. Each slot of a header object counts one reference on it.
#pragma once

#include <abi/nucleus.hpp>
#include <array>
#include <cstdint>

namespace tessera::nucleus {

using abi::ObjectType;

// Where a slot lies, which tells what its holder is and what else ends when its
// capability goes.
enum class Home : std::uint8_t {
  table,            // a CapTable
  self,             // a dying CapTable or AddressSpace: its own last capability
  thread_table,     // a Thread: its root table ...
  thread_space,
  thread_message,
  thread_fault,
  thread_guest_state,
  thread_budget,
  attachment,       // an AddressSpace's attachment
  pool,             // an AddressSpace's donated Untyped
  host,             // a guest AddressSpace's host
  target,           // the Notification of a Timer or Interrupt
};

struct Slot;

// A slot is twice in the list that the derivation tree is: where it opens and where
// it closes. All that was derived from it lies between.
enum class Side : std::uint8_t { open = 0, close = 1 };
struct End {
  Slot* slot = nullptr;  // null: the list ends
  Side side = Side::open;
  bool operator==(const End&) const = default;
};

// An End in 48 bits: addresses of the nucleus are canonical, and slots aligned.
class [[gnu::packed, gnu::aligned(2)]] PackedEnd {
 public:
  PackedEnd& operator=(End end) {
    const std::uint64_t bits = reinterpret_cast<std::uint64_t>(end.slot) | static_cast<std::uint64_t>(end.side);
    low_ = static_cast<std::uint32_t>(bits);
    high_ = static_cast<std::uint16_t>(bits >> 32);
    return *this;
  }
  [[nodiscard]] End get() const {
    const auto bits = static_cast<std::int64_t>((std::uint64_t{low_} | (std::uint64_t{high_} << 32)) << 16) >> 16;
    return {reinterpret_cast<Slot*>(bits & ~std::int64_t{1}), static_cast<Side>(bits & 1)};
  }

 private:
  std::uint32_t low_ = 0;
  std::uint16_t high_ = 0;
};

struct Slot {
  ObjectType type = ObjectType::none;
  std::uint8_t rights = 0;
  Home home = Home::table;
  std::uint8_t size_bits = 0;        // Untyped, CapTable: log2 of bytes (or slots)
  std::uint32_t generation = 0;
  std::uint64_t object = 0;          // pointer to the object; Memory, Untyped: physical address; IoPorts: first | last << 16
  std::uint64_t badge = 0;           // Endpoint, Notification, Log: badge. Memory: kMemory* flags. Untyped: see untyped.hpp
  std::uint64_t extra = 0;           // Memory: bytes. Untyped: see untyped.hpp
  std::array<PackedEnd, 2> next{};   // by side; derivation.hpp
  std::array<PackedEnd, 2> previous{};
  void* holder = nullptr;            // the object that this slot lies in

  [[nodiscard]] bool empty() const { return type == ObjectType::none; }
  [[nodiscard]] bool has(std::uint8_t needed) const { return (rights & needed) == needed; }
  template <typename T>
  [[nodiscard]] T* as() const {
    return reinterpret_cast<T*>(object);
  }
  template <typename T>
  [[nodiscard]] T& held_by() const {
    return *static_cast<T*>(holder);
  }
};
static_assert(sizeof(Slot) == 64);

inline constexpr std::uint64_t kMemoryDevice = 1;  // registers: mapped uncached, never zeroed
inline constexpr std::uint64_t kMemorySwept = 2;   // an attachment through which nothing is mapped any more

// A handle: generation in the upper half, path in the lower. The path's top two
// bits are its depth: 0 = one index of 30 bits, 1 = two of 15, 2 = three of 10,
// the root table's index in the highest bits.
struct Handle {
  std::uint64_t value = 0;
  [[nodiscard]] constexpr std::uint32_t generation() const { return static_cast<std::uint32_t>(value >> 32); }
  [[nodiscard]] constexpr std::uint32_t path() const { return static_cast<std::uint32_t>(value); }
  [[nodiscard]] static constexpr Handle make(std::uint64_t index, std::uint32_t generation) {
    return {(std::uint64_t{generation} << 32) | index};
  }
};

}  // namespace tessera::nucleus
