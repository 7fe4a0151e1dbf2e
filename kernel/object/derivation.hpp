// SPDX-License-Identifier: Apache-2.0
// The derivation tree: which capability was made from which. Only links; what a
// capability's end means for its object is in destroy.hpp.
#pragma once

#include "kernel/object/slot.hpp"
#include "kernel/support/lock.hpp"

namespace tessera::nucleus {

// Makes `child`, whose capability is filled in, derived from `parent` (null: a
// first capability of the nucleus).
void link_child(Slot* parent, Slot& child) REQUIRES(object_lock);

// Takes a childless slot out of the tree. A parent Untyped that has no children
// left gets all its memory back.
void unlink(Slot& slot) REQUIRES(object_lock);

// Hangs the first child of `from` under `to` instead (null: makes it a root).
void adopt_first_child(Slot& from, Slot* to) REQUIRES(object_lock);

// Moves a capability with its place in the tree; `from` is emptied and its
// generation advances. O(children): each learns its parent's new address.
void move_slot(Slot& from, Slot& to) REQUIRES(object_lock);

// Empties the slot's fields and makes handles to it stale.
void reset_slot(Slot& slot);

}  // namespace tessera::nucleus
