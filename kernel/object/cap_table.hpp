// SPDX-License-Identifier: Apache-2.0
// CapTable: 2^k slots, made in zeroed memory. The first two are never named by a handle: one holds the
// table's header (so that handle 0 can mean "none"), the other the table's last
// capability while its contents are being deleted in steps.
#pragma once

#include <cstdint>

#include "kernel/object/header.hpp"
#include "kernel/object/slot.hpp"
#include "kernel/sched/core_set.hpp"
#include "kernel/support/list.hpp"
#include "kernel/support/result.hpp"

namespace tessera::nucleus {

struct Namespace;

class CapTable {
 public:
  explicit CapTable(unsigned size_bits) : nameable_((std::uint32_t{1} << size_bits) - kFirstSlot) {
    self().home = Home::self;
    self().holder = this;
  }

  ObjectHeader header;
  std::uint32_t next_to_clear = kFirstSlot;  // progress of a dying table
  Namespace* member_of = nullptr;
  ListLink<CapTable> member_link;
  ListLink<CapTable> dying_link;
  CoreSet cores;  // where threads whose table this is ran: their fast paths read its slots

  static constexpr std::uint32_t kFirstSlot = 2;
  [[nodiscard]] Slot& self() { return *raw(1); }

  [[nodiscard]] std::uint64_t size() const { return std::uint64_t{nameable_} + kFirstSlot; }
  // Whether a path of one step leads to a slot: one comparison.
  [[nodiscard]] bool holds(std::uint32_t index) const { return index - kFirstSlot < nameable_; }

  // Nothing was ever put into it.
  [[nodiscard]] bool blank() const { return !touched_; }

  // An empty slot that is about to be filled.
  [[nodiscard]] Result<Slot*> slot_to_fill(std::uint64_t index) {
    Slot* found = slot(index);
    if (found == nullptr) return fail(Error::bad_argument);
    if (!found->empty()) return fail(Error::slot_occupied);
    reach(cores);
    found->holder = this;
    touched_ = true;
    return found;
  }

  // The slot at an index from kFirstSlot; null outside the table.
  [[nodiscard]] Slot* slot(std::uint64_t index) {
    if (index - kFirstSlot >= nameable_) [[unlikely]] return nullptr;
    return raw(index);
  }

  // The handle's path has one step: fast paths follow no other.
  [[nodiscard]] bool is_own(Handle handle) const { return holds(handle.path()); }

  // Walks a handle's path from this table, checks the generation.
  [[nodiscard]] Result<Slot*> lookup(Handle handle) {
    const std::uint32_t path = handle.path();
    if (holds(path)) [[likely]] {
      Slot* found = raw(path);
      if (found->generation == handle.generation() && !found->empty()) [[likely]] return found;
      return fail(found->generation != handle.generation() ? Error::stale_handle : Error::empty_slot);
    }
    return lookup_nested(handle);
  }

#pragma clang unsafe_buffer_usage begin
  // The caller has checked the index.
  [[nodiscard]] Slot* raw(std::uint64_t index) { return reinterpret_cast<Slot*>(this) + index; }
#pragma clang unsafe_buffer_usage end

 private:
  [[nodiscard]] Result<Slot*> lookup_nested(Handle handle);

  std::uint32_t nameable_;  // slots but for the first two
  bool touched_ = false;
};
static_assert(sizeof(CapTable) <= sizeof(Slot));

}  // namespace tessera::nucleus
