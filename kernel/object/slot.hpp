// SPDX-License-Identifier: Apache-2.0
// A capability slot: one cache line that holds a capability, its place in the
// derivation tree and the generation by which stale handles are told.
//
// Invariants: an empty slot has type none, no links and keeps its generation. A
// full slot's parent is the slot it was derived from (null for the nucleus' own
// first capabilities); children form a doubly linked list. Each slot of a header
// object counts one reference on it.
#pragma once

#include <abi/nucleus.hpp>
#include <cstdint>

namespace tessera::nucleus {

using abi::ObjectType;

// Where a slot lives, which tells what else ends when its capability goes.
enum class Home : std::uint8_t {
  table,            // a CapTable
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

struct Slot {
  ObjectType type = ObjectType::none;
  std::uint8_t rights = 0;
  Home home = Home::table;
  std::uint8_t size_bits = 0;        // Memory, Untyped, CapTable: log2 of bytes (or slots)
  std::uint32_t generation = 1;
  std::uint64_t object = 0;          // pointer to the object; Memory, Untyped: physical address; IoPorts: first | last << 16
  std::uint64_t badge = 0;           // Endpoint, Notification, Log: badge. Memory: kMemory* flags. Untyped: watermark in bytes
  std::uint64_t extra = 0;           // Untyped: bytes from its start that were ever handed out
  Slot* parent = nullptr;
  Slot* first_child = nullptr;
  Slot* next_sibling = nullptr;
  Slot* previous_sibling = nullptr;

  [[nodiscard]] bool empty() const { return type == ObjectType::none; }
  [[nodiscard]] bool has(std::uint8_t needed) const { return (rights & needed) == needed; }
  template <typename T>
  [[nodiscard]] T* as() const {
    return reinterpret_cast<T*>(object);
  }
};
static_assert(sizeof(Slot) == 64);

inline constexpr std::uint64_t kMemoryDevice = 1;  // registers: mapped uncached, never zeroed

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
