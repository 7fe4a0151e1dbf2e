// SPDX-License-Identifier: Apache-2.0
// Making one capability from another, never with more than it has.
#pragma once

#include "kernel/namespace/crossing.hpp"
#include "kernel/object/slot.hpp"
#include "kernel/support/lock.hpp"
#include "kernel/support/result.hpp"

namespace tessera::nucleus {

// What a derived capability has less than its source: its rights are those of the
// source that are in `rights`; a badge other than 0 may be given to an Endpoint,
// Notification or Log capability that has none; of a Memory or IoPorts range it may
// get a part (bytes 0: all behind the offset).
struct Less {
  std::uint8_t rights = 0xff;
  std::uint64_t badge = 0;
  std::uint64_t offset = 0;
  std::uint64_t bytes = 0;
};

// Whether `count` capabilities for consecutive parts may be derived from `from` into
// slots in `to`; completes what they would have less. An Untyped is never copied: two could
// make the same memory into different objects.
[[nodiscard]] Error check_derive(const Slot& from, Less& less, std::uint64_t count, const Namespace* to, const Way& way);

// Fills the empty slot `to` with a part that check_derive allowed.
void derive_part(Slot& from, Slot& to, const Less& less, std::uint64_t number) REQUIRES(object_lock);

// Both for one capability; `to` must be empty.
[[nodiscard]] Result<void> derive(Slot& from, Slot& to, const Less& less, const Way& way) REQUIRES(object_lock);

// Bytes that a Memory or Untyped capability covers; 0 for other types.
[[nodiscard]] std::uint64_t range_bytes(const Slot& slot);

// The badge, for types that have one that is a component's business.
[[nodiscard]] std::uint64_t visible_badge(const Slot& slot);

// Counts the reference of a slot that was filled by other means.
void add_reference(Slot& slot);

}  // namespace tessera::nucleus
