// SPDX-License-Identifier: Apache-2.0
// The end of capabilities and objects: delete and revoke. Each function does a
// bounded step; the caller repeats it, with preemption points between.
#pragma once

#include <atomic>

#include "kernel/object/slot.hpp"
#include "kernel/support/lock.hpp"

namespace tessera::nucleus {

class AddressSpace;
class CapTable;
class DmaDomain;
struct Namespace;
struct Thread;

// One step towards emptying the slot. True when it is empty. Capabilities derived
// from it become derived from its parent; but an Untyped ends only after all that
// was made from it. When it was the object's last
// capability the object ends; tables and address spaces then empty themselves
// through drain_step.
[[nodiscard]] bool clear_step(Slot& slot) REQUIRES(object_lock);

// One step towards deleting everything derived from the slot. True when nothing is.
[[nodiscard]] bool revoke_step(Slot& slot) REQUIRES(object_lock);

// One step of what ends an object for those who use it, though capabilities to it may
// remain. True when it holds nothing any more.
[[nodiscard]] bool release_step(Thread& thread) REQUIRES(object_lock);
[[nodiscard]] bool release_step(AddressSpace& space) REQUIRES(object_lock);
[[nodiscard]] bool release_step(DmaDomain& domain) REQUIRES(object_lock);
[[nodiscard]] bool release_step(CapTable& table) REQUIRES(object_lock);

// Starts the end of all that is in a namespace; drain_step goes on with it.
void begin_end(Namespace& space) REQUIRES(object_lock);

// Whether drain_step has anything to do, and a step of it when the one who should is gone.
extern std::atomic<unsigned> pending_ends;  // also read without the lock
[[nodiscard]] inline bool ends_pending() { return pending_ends.load(std::memory_order_relaxed) != 0; }
void finish_in_background();

// One step of emptying tables and spaces whose last capability is gone. True when
// there are none.
[[nodiscard]] bool drain_step() REQUIRES(object_lock);

}  // namespace tessera::nucleus
