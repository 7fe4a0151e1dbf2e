// SPDX-License-Identifier: Apache-2.0
// Making and mapping kernel objects: the component's own table, its free slots and
// the Untyped memory that it was granted.
//
// Not responsible for what objects are for, nor for giving memory back: an Untyped
// is empty again when all that was made from it is gone.
#pragma once

#include <abi/nucleus.hpp>
#include <abi/start.hpp>
#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <span>

#include "lib/rt/slots.hpp"
#include "lib/rt/system_lock.hpp"

namespace tessera::rt {

using Handle = std::uint64_t;

// Index of a handle of depth one in the component's own table.
constexpr std::uint64_t slot_of(Handle handle) { return handle & 0x3fff'ffff; }

struct OwnObjects {
  Handle table = 0;
  Handle space = 0;
  Handle budget = 0;
  Handle supervisor = 0;
  std::uint64_t cores = 1;  // of the machine
};

// Memory that is attached to the component's own space.
struct Mapping {
  std::uint64_t address = 0;
  std::uint64_t bytes = 0;
  Handle memory = 0;
  std::uint64_t attachment = 0;
};

class Objects {
 public:
  constexpr Objects() = default;
  // `first_address`: of what is mapped; what comes behind is the runtime's for 64 GiB.
  void initialise(const OwnObjects& own, std::uint64_t first_free_slot, std::uint64_t slot_count, std::uint64_t first_address = abi::kFreeAddress);

  [[nodiscard]] const OwnObjects& own() const { return own_; }
  // For genesis, which makes the endpoint of its own faults itself.
  void initialise_supervisor(Handle endpoint) { own_.supervisor = endpoint; }

  // Adds an Untyped to the pool that objects are made from.
  void add_untyped(Handle untyped);
  [[nodiscard]] std::span<const Handle> untyped() const;

  // A free slot, for what arrives in other ways; no_memory when the table is full.
  [[nodiscard]] std::expected<std::uint64_t, abi::Error> take_slot();
  void give_back_slot(std::uint64_t slot);

  // A new object. size_bits as in Untyped.retype. no_memory: no Untyped has room, or no slot.
  [[nodiscard]] std::expected<Handle, abi::Error> make(abi::ObjectType type, std::uint64_t size_bits = 0);
  [[nodiscard]] std::expected<Handle, abi::Error> copy(Handle source, std::uint64_t rights, std::uint64_t badge = 0);
  // Deletes the capability and frees its slot.
  void discard(Handle handle);

  // Attaches `memory` and maps its first `bytes` at `address` (page-aligned).
  [[nodiscard]] std::expected<Mapping, abi::Error> map(Handle memory, std::uint64_t address, std::uint64_t bytes,
                                                       std::uint64_t rights);
  // New memory of 2^size_bits bytes, mapped read-write at an address of the runtime's area.
  [[nodiscard]] std::expected<Mapping, abi::Error> map_new(std::uint64_t size_bits);
  // A range of the runtime's part of the address space, page-aligned, with an unmapped page behind it.
  [[nodiscard]] std::uint64_t reserve_addresses(std::uint64_t bytes);

 private:
  static constexpr std::size_t kMostUntyped = 64;

  SystemLock lock_;
  OwnObjects own_;
  Slots slots_ GUARDED_BY(lock_);
  std::array<Handle, kMostUntyped> untyped_{};
  std::size_t untyped_count_ = 0;
  std::uint64_t next_address_ GUARDED_BY(lock_) = 0;
};

// The component's one instance.
[[nodiscard]] Objects& objects();

// From here to component_limit the runtime maps nothing: the component's own, if it is alone in its domain.
inline constexpr std::uint64_t kComponentArea = 0xffff'8020'0000'0000;

}  // namespace tessera::rt
