// SPDX-License-Identifier: Apache-2.0
// Making one capability from another, never with more than it has.
#pragma once

#include "kernel/object/slot.hpp"
#include "kernel/support/lock.hpp"
#include "kernel/support/result.hpp"

namespace tessera::nucleus {

// Fills the empty slot `to` with a capability derived from `from`: its rights are
// those of `from` that are in `rights`; a badge other than 0 may be given to an
// Endpoint, Notification or Log capability that has none. An Untyped is never copied:
// two could make the same memory into different objects.
Result<void> derive(Slot& from, Slot& to, std::uint8_t rights, std::uint64_t badge) REQUIRES(object_lock);

// Bytes that a Memory or Untyped capability covers; 0 for other types.
std::uint64_t range_bytes(const Slot& slot);

// Counts the reference of a slot that was filled by other means.
void add_reference(Slot& slot);

}  // namespace tessera::nucleus
