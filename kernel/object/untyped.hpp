// SPDX-License-Identifier: Apache-2.0
// What an Untyped capability knows of its memory, packed into `badge` and `extra`:
//
//   watermark  48 bits  bytes handed out, from the start
//   charged    48 bits  of those, bytes charged to the namespace that it is in
//   dirty      32 bits  of the memory from its start, what anyone ever used, in units
//                       of 64 KiB rounded up
#pragma once

#include "kernel/object/slot.hpp"
#include "kernel/support/addresses.hpp"
#include "kernel/support/lock.hpp"

namespace tessera::nucleus {

struct UntypedState {
  std::uint64_t watermark = 0;
  std::uint64_t charged = 0;
  std::uint64_t dirty = 0;  // bytes

  [[nodiscard]] static UntypedState of(const Slot& slot) {
    const std::uint64_t units = (slot.badge >> 48) | (slot.extra >> 48 << 16);
    return {slot.badge & kBytes, slot.extra & kBytes, units << kUnitBits};
  }
  void store(Slot& slot) const {
    const std::uint64_t units = align_up(dirty, std::uint64_t{1} << kUnitBits) >> kUnitBits;
    slot.badge = watermark | (units & 0xffff) << 48;
    slot.extra = charged | (units >> 16) << 48;
  }

 private:
  static constexpr std::uint64_t kBytes = (std::uint64_t{1} << 48) - 1;
  static constexpr unsigned kUnitBits = 16;
};

[[nodiscard]] inline std::uint64_t untyped_bytes(const Slot& slot) { return std::uint64_t{1} << slot.size_bits; }

// Nothing is made from it any more: all of it may be handed out anew, and its
// namespace gets back what was charged.
void take_memory_back(Slot& untyped) REQUIRES(object_lock);

// Memory up to `end` was handed out; `paid` bytes are charged to its namespace.
void hand_out(Slot& untyped, std::uint64_t end, std::uint64_t paid);

// An Untyped made from `untyped` is about to go before what was made from it.
void take_over_charge(Slot& untyped, Slot& child) REQUIRES(object_lock);

}  // namespace tessera::nucleus
