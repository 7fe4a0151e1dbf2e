// SPDX-License-Identifier: Apache-2.0
// A table that ends may hold the last capability of another table, and so on
// without limit: instead of recursing, the inner table's last capability moves
// into the inner table itself (its self slot) and the table joins the queue of
// the dying. Its memory stays accounted for until that slot is unlinked.
#include "kernel/object/destroy.hpp"

#include "kernel/iommu/devices.hpp"
#include "kernel/memory/address_space.hpp"
#include "kernel/namespace/lifecycle.hpp"
#include "kernel/namespace/namespace.hpp"
#include "kernel/object/budget.hpp"
#include "kernel/object/cap_table.hpp"
#include "kernel/object/derivation.hpp"
#include "kernel/object/derive.hpp"
#include "kernel/object/endpoint.hpp"
#include "kernel/object/interrupt.hpp"
#include "kernel/object/notification.hpp"
#include "kernel/object/object_header.hpp"
#include "kernel/object/timer.hpp"
#include "kernel/object/untyped.hpp"
#include "kernel/sched/scheduler.hpp"
#include "kernel/sched/urgency.hpp"

namespace tessera::nucleus {

static List<CapTable, &CapTable::dying_link> dying_tables;
static List<AddressSpace, &AddressSpace::dying_link> dying_spaces;
static List<DmaDomain, &DmaDomain::dying_link> dying_domains;
static List<Namespace, &Namespace::dying_link> ending_namespaces;
std::atomic<unsigned> pending_ends = 0;  // how many are in these lists

// How many waiting threads one step lets go.
static constexpr unsigned kWaitersPerStep = 32;

// The guest_run that the thread is in ends: what it needs for that is going.
static void end_guest_run(Thread& thread) {
  if (!thread.in_guest) return;
  thread.in_guest = false;
  thread.resume = arch::Resume::call;
  thread.frame.set_result(Error::cancelled);
  guest_left_from_outside(thread);
}

// Leaves a guest space that is about to change or end: no thread may be in it.
static void evict_guests_of(AddressSpace& space) {
  reach(space.cores);
  halt_others(space.cores, [&space](const Core& core) {
    const PhysAddr root = arch::root_of(core.block);
    return root == space.host_root() || root == space.guest_root();
  });
  while (Thread* thread = space.views.front()) {
    reach(*thread);
    end_guest_run(*thread);
    thread->set_guest_space(nullptr);
    if (thread == this_core().current()) arch::activate(*thread);
  }
  if (arch::current_root() == space.host_root() || arch::current_root() == space.guest_root()) arch::leave_address_space();
}

// True when the slot's own place needs no more work before it is emptied.
static bool prepare_home(Slot& slot) REQUIRES(object_lock) {
  switch (slot.home) {
    case Home::attachment: {
      auto& space = slot.held_by<AddressSpace>();
      reach(space.cores);
      slot.rights = 0;  // no new mapping meanwhile
      return space.sweep_step(slot);
    }
    case Home::pool: {
      auto& space = slot.held_by<AddressSpace>();
      reach(space.cores);
      space.dying = true;  // its tables are going away: nothing may be mapped any more
      for (AddressSpace* guest = space.guests().front(); guest != nullptr; guest = AddressSpace::Guests::next(*guest)) {
        evict_guests_of(*guest);
      }
      evict_guests_of(space);
      return space.clear_step();
    }
    case Home::host: {
      // Without its host a guest space has neither tables nor frames.
      auto& space = slot.held_by<AddressSpace>();
      evict_guests_of(space);
      space.dying = true;
      return space.clear_step();
    }
    case Home::dma_attachment:
      slot.rights = 0;
      return slot.held_by<DmaDomain>().empty_step(slot);
    case Home::dma_pool: return slot.held_by<DmaDomain>().end_step();  // its tables are going away
    case Home::table:
    case Home::self:
    case Home::thread_table:
    case Home::thread_space:
    case Home::thread_message:
    case Home::thread_fault:
    case Home::thread_timeout:
    case Home::thread_guest_state:
    case Home::thread_budget:
    case Home::thread_sending:
    case Home::audit:
    case Home::target: break;
  }
  return true;
}

// A thread stops when something it cannot run without goes.
static void leave_home(Slot& slot) REQUIRES(object_lock) {
  if (holder_of(slot.home) == HolderKind::thread) reach(slot.held_by<Thread>());
  switch (slot.home) {
    case Home::pool:
      reach(slot.held_by<AddressSpace>().cores);
      slot.held_by<AddressSpace>().abandon_pool();
      break;
    case Home::host:
      slot.held_by<AddressSpace>().unbind_host();
      break;
    case Home::thread_table: {
      auto& thread = slot.held_by<Thread>();
      stop(thread);
      thread.table = nullptr;
      break;
    }
    case Home::thread_space: {
      auto& thread = slot.held_by<Thread>();
      stop(thread);
      end_guest_run(thread);
      thread.set_guest_space(nullptr);  // its native side ran there
      --thread.space->threads;
      thread.space = nullptr;
      break;
    }
    case Home::thread_message: {
      auto& thread = slot.held_by<Thread>();
      stop(thread);
      thread.message = nullptr;
      break;
    }
    case Home::thread_guest_state: {
      auto& thread = slot.held_by<Thread>();
      if (thread.guest == nullptr) break;  // it is given another page
      stop(thread);
      end_guest_run(thread);
      arch::forget_extended(thread);
      thread.guest = nullptr;
      break;
    }
    case Home::thread_budget: {
      auto& thread = slot.held_by<Thread>();
      if (slot.as<Budget>() != thread.budget) break;  // it was given another
      Budget* budget = thread.budget;
      thread.budget = nullptr;
      if (thread.active_budget == budget) {
        stop(thread);
        thread.active_budget = nullptr;
      }
      break;
    }
    case Home::audit: slot.held_by<Namespace>().trail.end(); break;
    case Home::thread_fault:
    case Home::thread_timeout:
    case Home::table:
    case Home::self:
    case Home::thread_sending:
    case Home::attachment:
    case Home::dma_attachment:
    case Home::dma_pool:
    case Home::target: break;
  }
}

// True when nobody waits any more.
static bool cancel_waiters(WaitList& queue) {
  for (unsigned count = 0; Thread* thread = queue.front(); ++count) {
    if (count == kWaitersPerStep) return false;
    end_wait(*thread, Error::cancelled);
    make_ready(*thread);
  }
  return true;
}

bool release_step(Thread& thread) {
  stop(thread);
  thread.set_guest_space(nullptr);
  release_replies(thread);
  for (Slot* held : {&thread.guest_slot, &thread.message_slot, &thread.fault_slot, &thread.timeout_slot, &thread.budget_slot,
                     &thread.table_slot, &thread.space_slot}) {
    if (held->empty()) continue;
    (void)clear_step(*held);
    return false;
  }
  return true;
}

// An object without capabilities, of the kinds that end at once. True when done;
// a thread gives up what it holds one slot a step.
static bool destroy(const Slot& slot) REQUIRES(object_lock) {
  switch (slot.type) {
    case ObjectType::thread:
      if (!release_step(*slot.as<Thread>())) return false;
      leave(*slot.as<Thread>());
      break;
    case ObjectType::budget:
      disarm(slot.as<Budget>()->refill);
      if (!slot.as<Budget>()->contention.empty() && !clear_step(slot.as<Budget>()->contention)) return false;
      leave(*slot.as<Budget>());
      break;
    case ObjectType::endpoint: {
      auto& endpoint = *slot.as<Endpoint>();
      reach(endpoint);
      return cancel_waiters(endpoint.queue) && cancel_waiters(endpoint.sends);
    }
    case ObjectType::notification: {
      auto& notification = *slot.as<Notification>();
      reach(notification);
      return cancel_waiters(notification.waiters);
    }
    case ObjectType::reply: {
      auto& reply = *slot.as<Reply>();
      reach(reply);
      if (Thread* caller = reply.caller) {
        end_wait(*caller, Error::cancelled);
        make_ready(*caller);
      }
      forget_reply(reply);
      break;
    }
    case ObjectType::timer: {
      auto& timer = *slot.as<Timer>();
      disarm(timer.node);
      if (!timer.target.empty() && !clear_step(timer.target)) return false;
      break;
    }
    case ObjectType::interrupt: {
      auto& interrupt = *slot.as<Interrupt>();
      if (!interrupt.target.empty() && !clear_step(interrupt.target)) return false;
      if (!interrupt.watch.empty() && !clear_step(interrupt.watch)) return false;
      if (interrupt.source == dma_units.fault_source()) dma_units.keep_faults();
      arch::release_interrupt(interrupt);
      break;
    }
    case ObjectType::none:
    case ObjectType::cap_table:
    case ObjectType::address_space:
    case ObjectType::untyped:
    case ObjectType::memory:
    case ObjectType::io_ports:
    case ObjectType::log:
    case ObjectType::namespace_:
    case ObjectType::dma_domain:
    case ObjectType::machine: break;
  }
  return true;
}

static bool ends_in_steps(const Slot& slot) {
  if (slot.type == ObjectType::namespace_) return slot.as<Namespace>()->parent != nullptr;  // the root stays
  return slot.type == ObjectType::cap_table || slot.type == ObjectType::address_space || slot.type == ObjectType::dma_domain;
}

void begin_end(Namespace& space) {
  if (space.ending) return;
  space.ending = true;
  ending_namespaces.push_back(space);
  ++pending_ends;
}

// Moves the last capability of an object that ends in steps into the object itself.
static void begin_dying(Slot& slot) REQUIRES(object_lock) {
  if (slot.type == ObjectType::namespace_) {
    auto& space = *slot.as<Namespace>();
    move_slot(slot, space.self);
    begin_end(space);
  } else if (slot.type == ObjectType::cap_table) {
    auto& table = *slot.as<CapTable>();
    table.next_to_clear = CapTable::kFirstSlot;
    move_slot(slot, table.self());
    dying_tables.push_back(table);
    ++pending_ends;
  } else if (slot.type == ObjectType::dma_domain) {
    auto& domain = *slot.as<DmaDomain>();
    domain.dying = true;
    move_slot(slot, domain.self());
    dying_domains.push_back(domain);
    ++pending_ends;
  } else {
    auto& space = *slot.as<AddressSpace>();
    evict_guests_of(space);
    space.dying = true;
    move_slot(slot, space.self());
    dying_spaces.push_back(space);
    ++pending_ends;
  }
}

// A namespace hears of each capability that it loses by another's hand.
static void audit_loss(const Slot& slot) {
  const Namespace* loser = namespace_of(slot);
  if (loser == nullptr || !loser->trail.wants(Event::revoke)) [[likely]] return;
  const Thread* actor = this_core().current();
  if (actor != nullptr && actor->member_of == loser) return;
  loser->trail.write({.event = Event::revoke, .actor = actor, .capability = &slot, .badge = visible_badge(slot)});
}

// Empties a slot whatever was derived from it: that is its parent's from now on.
static bool empty_step(Slot& slot) REQUIRES(object_lock) {
  if (slot.home == Home::thread_sending) {
    auto& sender = slot.held_by<Thread>();
    reach(sender);
    const bool fault = sender.unusual.faulted;
    end_wait(sender, Error::cancelled);  // empties the slot
    if (!fault) make_ready(sender);
    return true;
  }
  if (slot.home != Home::table && !prepare_home(slot)) return false;
  audit_loss(slot);
  ObjectHeader* header = header_of(slot);
  const bool last = header != nullptr && header->references == 1;
  if (slot.home != Home::table) leave_home(slot);
  // Nobody comes to wait while those who do are let go.
  if (last && (slot.type == ObjectType::endpoint || slot.type == ObjectType::notification)) {
    reach(slot);
    slot.rights = 0;
  }
  if (last && ends_in_steps(slot)) {
    begin_dying(slot);
    return true;
  }
  if (last && !destroy(slot)) return false;
  if (header != nullptr) --header->references;
  if (slot.type == ObjectType::untyped) take_memory_back(slot);  // what it was still charged for is dying
  unlink(slot);
  reset_slot(slot);
  return true;
}

// The same for a child of a capability that is revoked. An Untyped need not wait for
// what was made from it: the parent goes on with that, and answers for its memory.
static bool empty_child_step(Slot& parent, Slot& child) REQUIRES(object_lock) {
  if (child.type == ObjectType::untyped) take_over_charge(parent, child);
  return empty_step(child);
}

// Empties a slot after all that was derived from it.
static bool purge_step(Slot& slot) REQUIRES(object_lock) {
  Slot* child = first_child(slot);
  if (child == nullptr) return empty_step(slot);
  // What is dying, perhaps the very table that this slot is in, finishes on its own:
  // the Untyped above accounts for its memory until then.
  if (child->home == Home::self) {
    lift_child(*child, slot);
  } else {
    (void)empty_child_step(slot, *child);
  }
  return false;
}

bool clear_step(Slot& slot) { return slot.type == ObjectType::untyped ? purge_step(slot) : empty_step(slot); }

bool revoke_step(Slot& slot) {
  // What is dying still hangs in the tree by its self slot: it goes before the next child is looked at.
  if (!drain_step()) return false;
  Slot* child = first_child(slot);
  if (child == nullptr) return true;
  (void)empty_child_step(slot, *child);
  return false;
}

template <typename Step>
static bool empty_table(CapTable& table, Step step) REQUIRES(object_lock) {
  while (table.next_to_clear < table.size()) {
    Slot* slot = table.slot(table.next_to_clear);
    if (!slot->empty()) {
      if (step(*slot)) ++table.next_to_clear;
      return false;
    }
    ++table.next_to_clear;
    if (table.next_to_clear % 256 == 0) return false;
  }
  table.next_to_clear = CapTable::kFirstSlot;
  return true;
}

bool release_step(CapTable& table) {
  return empty_table(table, [](Slot& slot) REQUIRES(object_lock) { return purge_step(slot); });
}

// Empties slots of an object that ends, behind which nothing is any more.
static void drop(std::span<Slot> slots) REQUIRES(object_lock) {
  for (Slot& slot : slots) {
    if (slot.empty()) continue;
    unlink(slot);
    reset_slot(slot);
  }
}

bool release_step(AddressSpace& space) {
  // Guests depend on this space's tables: they lose the host half first.
  if (AddressSpace* guest = space.guests().front()) {
    evict_guests_of(*guest);
    guest->dying = true;
    if (guest->clear_step()) (void)clear_step(guest->host_slot());
    return false;
  }
  evict_guests_of(space);
  space.dying = true;
  if (!space.clear_step()) return false;
  if (!space.host_slot().empty()) {
    (void)clear_step(space.host_slot());
    return false;
  }
  // Everything is unmapped: attachments need no sweep.
  space.abandon_pool();
  drop(space.attachments());
  drop(space.donations());
  return true;
}

bool release_step(DmaDomain& domain) {
  if (!domain.end_step()) return false;
  drop(domain.attachments());
  drop(domain.donations());
  return true;
}

void finish_in_background() {
  const Holding hold(object_lock);
  (void)drain_step();
}

bool drain_step() {
  if (AddressSpace* space = dying_spaces.front()) {
    if (!release_step(*space)) return false;
    dying_spaces.remove(*space);
    --pending_ends;
    leave(*space);
    unlink(space->self());
  } else if (DmaDomain* domain = dying_domains.front()) {
    if (!release_step(*domain)) return false;
    dying_domains.remove(*domain);
    --pending_ends;
    leave(*domain);
    unlink(domain->self());
  } else if (CapTable* table = dying_tables.front()) {
    if (!empty_table(*table, clear_step)) return false;
    dying_tables.remove(*table);
    --pending_ends;
    leave(*table);
    unlink(table->self());
  } else if (Namespace* ending = ending_namespaces.front()) {
    if (!empty_namespace_step(*ending)) return false;
    ending_namespaces.remove(*ending);
    --pending_ends;
    ending->ending = false;
    if (!ending->self.empty()) {
      if (!ending->ring.empty()) (void)clear_step(ending->ring);  // a Memory: one step
      leave(*ending);
      unlink(ending->self);
    }
  }
  return !ends_pending();
}

}  // namespace tessera::nucleus
