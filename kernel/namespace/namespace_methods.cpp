// SPDX-License-Identifier: Apache-2.0
// Namespace: limits, usage, policy, adoption, suspend, resume, destroy.
#include "kernel/ipc/invocation.hpp"
#include "kernel/namespace/lifecycle.hpp"
#include "kernel/namespace/namespace.hpp"
#include "kernel/object/derive.hpp"
#include "kernel/object/destroy.hpp"
#include "kernel/sched/scheduler.hpp"

namespace tessera::nucleus {

static Error set_limits(const Invocation& call, Namespace& space) {
  for (unsigned i = 0; i < kResources; ++i) space.limits.at(i) = call.argument(i);
  return Error::ok;
}

static Error set_policy(const Invocation& call, Namespace& space) {
  if (call.argument(0) > abi::kAllTypes || call.argument(1) > abi::kAllTypes) return Error::bad_argument;
  space.exports = static_cast<std::uint32_t>(call.argument(0));
  space.imports = static_cast<std::uint32_t>(call.argument(1));
  return Error::ok;
}

static Error limits(Invocation& call, const Namespace& space) {
  for (unsigned i = 0; i < kResources; ++i) call.result(i, space.limits.at(i));
  call.result(kResources, space.exports);
  call.result(kResources + 1, space.imports);
  return Error::ok;
}

static Error usage(Invocation& call, const Namespace& space) {
  for (unsigned i = 0; i < kResources; ++i) call.result(i, space.used.at(i));
  call.result(kResources, space.serial);
  call.result(kResources + 1, space.suspended ? 1 : 0);
  return Error::ok;
}

// Nobody would notice if it had just been made.
static bool blank(CapTable& table) { return table.blank(); }
static bool blank(const Thread& thread) {
  reach(thread);
  return thread.state == ThreadState::stopped && thread.table_slot.empty() && thread.space_slot.empty() && thread.message_slot.empty() &&
         thread.fault_slot.empty() && thread.timeout_slot.empty() && thread.guest_slot.empty() && thread.budget_slot.empty();
}
static bool blank(AddressSpace& space) { return space.blank(); }
static bool blank(const Budget& budget) { return budget.charged == 0; }
static bool blank(const Namespace& space) {
  return space.tables.empty() && space.threads.empty() && space.spaces.empty() && space.budgets.empty() && space.children.empty();
}

static Namespace& owner_of(const CapTable& table) { return *table.member_of; }
static Namespace& owner_of(const Thread& thread) { return *thread.member_of; }
static Namespace& owner_of(const AddressSpace& space) { return *space.member_of; }
static Namespace& owner_of(const Budget& budget) { return *budget.member_of; }
static Namespace& owner_of(const Namespace& space) { return *space.parent; }

template <typename T>
static Error adopt(const Invocation& call, T& member, Namespace& to, Cost cost) {
  Namespace& from = owner_of(member);
  if (!call.thread.member_of->is_above(from) || !call.thread.member_of->is_above(to)) return Error::denied;
  if (!blank(member)) return Error::busy;
  leave(member);
  const bool affordable = can_charge(to, cost.what, cost.amount);
  join(member, affordable ? to : from);
  return affordable ? Error::ok : Error::over_limit;
}

static Error adopt(const Invocation& call, Namespace& to) REQUIRES(object_lock) {
  const auto found = call.thread.table->lookup(Handle{call.argument(0)});
  if (!found) return found.error();
  const Slot& slot = **found;
  if (!slot.has(abi::kRightManage)) return Error::no_right;
  const Cost cost = cost_of(slot.type, slot.size_bits, 1);
  if (slot.type == ObjectType::cap_table) return adopt(call, *slot.as<CapTable>(), to, cost);
  if (slot.type == ObjectType::thread) return adopt(call, *slot.as<Thread>(), to, cost);
  if (slot.type == ObjectType::address_space) return adopt(call, *slot.as<AddressSpace>(), to, cost);
  if (slot.type == ObjectType::budget) return adopt(call, *slot.as<Budget>(), to, cost);
  if (slot.type != ObjectType::namespace_) return Error::wrong_type;
  auto& child = *slot.as<Namespace>();
  if (child.parent == nullptr || child.is_above(to)) return Error::denied;  // the root, or into itself
  if (to.depth >= abi::kNamespaceDepth) return Error::too_deep;
  return adopt(call, child, to, cost);
}

// Repeats a step until nothing is left. A caller that is gone or stands still by what
// it asked for cannot come back to go on: it is done for it here.
template <typename Step>
static Error repeat(Invocation& call, Step step) REQUIRES(object_lock) {
  while (!step()) {
    if (!call.can_come_back()) {
      let_interrupts_in();
    } else if (call.preempt()) {
      break;
    }
  }
  return Error::ok;
}

static Error set_suspended(Invocation& call, Namespace& space, bool suspended) REQUIRES(object_lock) {
  if (!call.thread.restarting_long()) {
    space.suspended = suspended;
    call.thread.progress = begin_walk();
  }
  const std::uint64_t walk = call.thread.progress;
  return repeat(call, [&]() REQUIRES(object_lock) { return walk_step(space, walk); });
}

// Whether the caller is above; of the root, in it.
static bool is_above(const Invocation& call, const Namespace& space) {
  return call.thread.member_of->is_above(space.parent != nullptr ? *space.parent : space);
}

static Error note(const Invocation& call, Namespace& space) {
  if (!is_above(call, space)) return Error::denied;
  if (call.argument(0) > 0xff || call.argument(1) > 0xff) return Error::bad_argument;
  space.trail.write_note(call.thread, {.type = static_cast<std::uint8_t>(call.argument(0)),
                                       .error = static_cast<std::uint8_t>(call.argument(1)),
                                       .object = call.argument(2),
                                       .badge = call.argument(3)});
  return Error::ok;
}

static Error set_audit(Invocation& call, Namespace& space) REQUIRES(object_lock) {
  if (!call.thread.restarting_long()) {
    const Namespace& above = space.parent != nullptr ? *space.parent : space;
    if (!is_above(call, space)) return Error::denied;
    static constexpr std::uint64_t kEvents =
        abi::kAuditCreate | abi::kAuditDelegate | abi::kAuditRevoke | abi::kAuditDenied | abi::kAuditUse | abi::kAuditNote;
    if ((call.argument(1) & ~kEvents) != 0) return Error::bad_argument;
    Slot* memory = nullptr;
    if (call.argument(0) != 0) {
      const auto found = call.capability(0, ObjectType::memory, abi::kRightRead | abi::kRightWrite);
      if (!found) return found.error();
      memory = *found;
      if ((memory->badge & kMemoryDevice) != 0) return Error::bad_argument;
      if (const auto passed = cross(*memory, &above, {call.thread}); !passed) return passed.error();
    }
    if (!space.ring.empty()) (void)clear_step(space.ring);  // a Memory: one step
    if (memory != nullptr) {
      unwrap(derive(*memory, space.ring, {}, {call.thread}));  // asked above
      space.trail.start(PhysAddr{space.ring.object}, space.ring.extra, static_cast<std::uint8_t>(call.argument(1)));
    }
    call.thread.progress = begin_walk();
  }
  const std::uint64_t walk = call.thread.progress;
  return repeat(call, [&]() REQUIRES(object_lock) { return walk_step(space, walk); });
}

static Error destroy(Invocation& call, Namespace& space) REQUIRES(object_lock) {
  if (space.parent == nullptr) return Error::denied;  // nobody is above to take what remains
  if (!call.thread.restarting_long()) begin_end(space);
  call.thread.progress = 1;
  return repeat(call, []() REQUIRES(object_lock) { return drain_step(); });
}

Error invoke_namespace(Invocation& call) {
  auto& space = *call.slot.as<Namespace>();
  const auto method = static_cast<abi::NamespaceMethod>(call.method);
  switch (method) {
    case abi::NamespaceMethod::limits:
    case abi::NamespaceMethod::usage:
    case abi::NamespaceMethod::inspect:
      if (!call.slot.has(abi::kRightRead)) return Error::no_right;
      break;
    case abi::NamespaceMethod::set_limits:
    case abi::NamespaceMethod::set_policy:
    case abi::NamespaceMethod::set_audit:
    case abi::NamespaceMethod::suspend:
    case abi::NamespaceMethod::resume:
    case abi::NamespaceMethod::destroy:
    case abi::NamespaceMethod::adopt:
    case abi::NamespaceMethod::note:
      if (!call.slot.has(abi::kRightManage)) return Error::no_right;
      break;
  }
  switch (method) {
    case abi::NamespaceMethod::set_limits: return set_limits(call, space);
    case abi::NamespaceMethod::limits: return limits(call, space);
    case abi::NamespaceMethod::usage: return usage(call, space);
    case abi::NamespaceMethod::set_policy: return set_policy(call, space);
    case abi::NamespaceMethod::adopt: return adopt(call, space);
    case abi::NamespaceMethod::suspend: return set_suspended(call, space, true);
    case abi::NamespaceMethod::resume: return set_suspended(call, space, false);
    case abi::NamespaceMethod::destroy: return destroy(call, space);
    case abi::NamespaceMethod::set_audit: return set_audit(call, space);
    case abi::NamespaceMethod::inspect: return inspect(call, space);
    case abi::NamespaceMethod::note: return note(call, space);
  }
  return Error::bad_call;
}

}  // namespace tessera::nucleus
