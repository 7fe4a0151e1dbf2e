// SPDX-License-Identifier: Apache-2.0
// The derivation tree: which capability was made from which. Only links; what a
// capability's end means for its object is in destroy.hpp.
//
// The tree is written as a list of brackets, one pair a slot: what was derived from
// a slot lies between its two ends. Taking a pair out leaves what was inside in the
// pair around it, so that derived capabilities become their grandparent's by
// themselves, and nothing here takes more than a few steps.
#pragma once

#include "kernel/object/slot.hpp"
#include "kernel/sched/core_set.hpp"
#include "kernel/support/lock.hpp"

namespace tessera::nucleus {

// Makes `child`, whose capability is filled in, derived from `parent` (null: a
// first capability of the nucleus).
void link_child(Slot* parent, Slot& child) REQUIRES(object_lock);

// Takes a slot out of the tree; what was derived from it is its parent's. An Untyped
// from which nothing derives any more gets all its memory back.
void unlink(Slot& slot) REQUIRES(object_lock);

// Before a full slot is changed: fast paths may be reading it.
CALLED_RARELY void reach_full(const Slot& slot);
inline void reach(const Slot& slot) {
  if (several_cores) [[unlikely]] reach_full(slot);
}

// Moves a capability with its place in the tree; `from` is emptied and its
// generation advances.
void move_slot(Slot& from, Slot& to) REQUIRES(object_lock);

// Two capabilities change places; both generations advance.
void swap_slots(Slot& a, Slot& b) REQUIRES(object_lock);

// Makes a child of `slot` its sibling instead.
void lift_child(Slot& child, Slot& slot) REQUIRES(object_lock);

// The newest of what was derived from the slot; null when nothing was.
[[nodiscard]] inline Slot* first_child(const Slot& slot) {
  const End inside = slot.next[0].get();
  return inside.side == Side::open ? inside.slot : nullptr;
}

// Empties the slot's fields and makes handles to it stale.
void reset_slot(Slot& slot) REQUIRES(object_lock);

}  // namespace tessera::nucleus
