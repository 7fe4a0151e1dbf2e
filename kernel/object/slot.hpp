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
  self,             // a dying CapTable, AddressSpace, ...: its own last capability
  thread_table,     // a Thread: its root table ...
  thread_space,
  thread_message,
  thread_fault,
  thread_timeout,
  thread_guest_state,
  thread_budget,
  thread_sending,   // what it is queued on an endpoint through; counts no reference
  attachment,       // an AddressSpace's attachment
  pool,             // an AddressSpace's donated Untyped
  host,             // a guest AddressSpace's host
  dma_attachment,   // a DmaDomain's attachment
  dma_pool,         // a DmaDomain's donated Untyped
  audit,            // a Namespace's audit ring
  target,           // the Notification of a Timer, Interrupt or Budget
};

// Of what kind `holder` is.
enum class HolderKind : std::uint8_t { table, thread, space, domain, trail, other };
constexpr HolderKind holder_of(Home home) {
  switch (home) {
    case Home::table: return HolderKind::table;
    case Home::thread_table:
    case Home::thread_space:
    case Home::thread_message:
    case Home::thread_fault:
    case Home::thread_timeout:
    case Home::thread_guest_state:
    case Home::thread_budget:
    case Home::thread_sending: return HolderKind::thread;
    case Home::attachment:
    case Home::pool:
    case Home::host: return HolderKind::space;
    case Home::dma_attachment:
    case Home::dma_pool: return HolderKind::domain;
    case Home::audit: return HolderKind::trail;
    case Home::self:
    case Home::target: return HolderKind::other;
  }
  return HolderKind::other;
}

struct Slot;

// A slot is twice in the list that the derivation tree is: where it opens and where
// it closes. All that was derived from it lies between.
enum class Side : std::uint8_t { open = 0, close = 1 };
struct End {
  Slot* slot = nullptr;  // null: the list ends
  Side side = Side::open;
  bool operator==(const End&) const = default;
};

// An address of the nucleus in 48 bits, which is all that a canonical address has.
class [[gnu::packed, gnu::aligned(2)]] Packed {
 public:
  constexpr Packed() = default;
  explicit Packed(std::uint64_t address)
      : low_(static_cast<std::uint32_t>(address)), high_(static_cast<std::uint16_t>(address >> 32)) {}
  [[nodiscard]] std::uint64_t address() const {
    const std::uint64_t bits = (std::uint64_t{low_} | (std::uint64_t{high_} << 32)) << 16;
    return static_cast<std::uint64_t>(static_cast<std::int64_t>(bits) >> 16);
  }

 private:
  std::uint32_t low_ = 0;
  std::uint16_t high_ = 0;
};

class PackedEnd {
 public:
  constexpr PackedEnd() = default;
  PackedEnd& operator=(End end) {
    packed_ = Packed{reinterpret_cast<std::uint64_t>(end.slot) | static_cast<std::uint64_t>(end.side)};  // slots are aligned
    return *this;
  }
  [[nodiscard]] End get() const {
    const std::uint64_t bits = packed_.address();
    return {reinterpret_cast<Slot*>(bits & ~std::uint64_t{1}), static_cast<Side>(bits & 1)};
  }

 private:
  Packed packed_;
};

class Holder {
 public:
  constexpr Holder() = default;
  Holder(const void* object) : packed_(reinterpret_cast<std::uint64_t>(object)) {}
  [[nodiscard]] void* get() const { return reinterpret_cast<void*>(packed_.address()); }

 private:
  Packed packed_;
};

struct Slot {
  ObjectType type = ObjectType::none;
  std::uint8_t rights = 0;
  Home home = Home::table;
  std::uint8_t size_bits = 0;        // Untyped, CapTable: log2 of bytes (or slots); gate: rights that pass
  std::uint32_t generation = 0;
  std::uint64_t object = 0;          // pointer to the object; Memory, Untyped: physical address; IoPorts: first | last << 16
  std::uint64_t badge = 0;           // Endpoint, Notification, Log: badge. Memory: kMemory* flags. Untyped: see untyped.hpp
  std::uint64_t extra = 0;           // Memory: bytes. Untyped: see untyped.hpp. Endpoint: crossing.hpp; 0: no gate
  std::array<PackedEnd, 2> next{};   // by side; derivation.hpp
  std::array<PackedEnd, 2> previous{};
  Holder holder;                     // the object that this slot lies in
  std::uint16_t limit_bits = 0;      // gate: log2 of the largest range that passes, 0: any; from bit 8: types that pass, see crossing.hpp

  [[nodiscard]] bool empty() const { return type == ObjectType::none; }
  [[nodiscard]] bool has(std::uint8_t needed) const { return (rights & needed) == needed; }
  template <typename T>
  [[nodiscard]] T* as() const {
    return reinterpret_cast<T*>(object);
  }
  template <typename T>
  [[nodiscard]] T& held_by() const {
    return *static_cast<T*>(holder.get());
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
