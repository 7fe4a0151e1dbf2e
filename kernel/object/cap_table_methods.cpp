// SPDX-License-Identifier: Apache-2.0
// CapTable: copy and mint, gates, move and swap, delete and revoke, identify.
#include "kernel/ipc/invocation.hpp"
#include "kernel/object/cap_table.hpp"
#include "kernel/object/derivation.hpp"
#include "kernel/object/derive.hpp"
#include "kernel/object/destroy.hpp"
#include "kernel/sched/scheduler.hpp"

namespace tessera::nucleus {

static constexpr std::uint64_t kMostAtOnce = 256;  // bounds the steps of one call

// Derives `count` capabilities from the one that argument 0 names, into slots from argument 1 on.
static Error mint(Invocation& call, CapTable& table, Less less, std::uint64_t count) REQUIRES(object_lock) {
  const auto source = call.thread.table->lookup(Handle{call.argument(0)});
  if (!source) return source.error();
  const std::uint64_t first = call.argument(1);
  if (call.argument(2) > 0xff || count == 0 || count > kMostAtOnce) return Error::bad_argument;
  for (std::uint64_t i = 0; i < count; ++i) {
    if (const auto target = table.slot_to_fill(first + i); !target) return target.error();
  }
  const Error error = check_derive(**source, less, count, table.member_of, {call.thread});
  if (error != Error::ok) return error;
  for (std::uint64_t i = 0; i < count; ++i) {
    derive_part(**source, *table.raw(first + i), less, i);
    audit_crossing(*table.raw(first + i), namespace_of(**source), table.member_of, {call.thread});
  }
  call.result(0, Handle::make(first, table.raw(first)->generation).value);
  return Error::ok;
}

static Error make_gate(Invocation& call, CapTable& table) REQUIRES(object_lock) {
  const auto source = call.capability(0, ObjectType::endpoint, abi::kRightManage);
  if (!source) return source.error();
  const auto target = table.slot_to_fill(call.argument(1));
  if (!target) return target.error();
  const std::uint64_t types = call.argument(3), rights = call.argument(4), largest = call.argument(5);
  if (types > abi::kAllTypes || rights > 0xff || largest > 48 || (largest != 0 && largest < kPageBits)) return Error::bad_argument;
  const Namespace& authority = *call.thread.member_of;
  const auto done = derive(**source, **target, {.rights = abi::kRightWrite | abi::kRightGrant, .badge = call.argument(2)},
                           {call.thread});
  if (!done) return done.error();
  Gate{.authority = authority.serial,
       .types = static_cast<std::uint32_t>(types),
       .rights = static_cast<std::uint8_t>(rights),
       .largest_bits = static_cast<std::uint8_t>(largest)}
      .store(**target);
  call.result(0, Handle::make(call.argument(1), (*target)->generation).value);
  return Error::ok;
}

static Error move(Invocation& call, CapTable& table) REQUIRES(object_lock) {
  const auto source = call.thread.table->lookup(Handle{call.argument(0)});
  if (!source) return source.error();
  const std::uint64_t index = call.argument(1);
  const auto target = table.slot_to_fill(index);
  if (!target) return target.error();
  if (const auto passed = cross(**source, table.member_of, {call.thread}); !passed) return passed.error();
  const Namespace* from = namespace_of(**source);
  move_slot(**source, **target);
  audit_crossing(**target, from, table.member_of, {call.thread});
  call.result(0, Handle::make(index, (*target)->generation).value);
  return Error::ok;
}

static Error swap(Invocation& call, CapTable& table) REQUIRES(object_lock) {
  const auto source = call.thread.table->lookup(Handle{call.argument(0)});
  if (!source) return source.error();
  Slot* other = table.slot(call.argument(1));
  if (other == nullptr) return Error::bad_argument;
  if (other->empty()) return Error::empty_slot;
  const Way way{call.thread};
  if (const auto passed = cross(**source, table.member_of, way); !passed) return passed.error();
  if (const auto passed = cross(*other, namespace_of(**source), way); !passed) return passed.error();
  if (*source != other) swap_slots(**source, *other);
  audit_crossing(*other, namespace_of(**source), table.member_of, way);
  audit_crossing(**source, table.member_of, namespace_of(**source), way);
  call.result(0, Handle::make(call.argument(1), other->generation).value);
  return Error::ok;
}

// Deletes or revokes in steps. The slot may vanish on the way, with the table it
// is in or the thread that asked: it is looked up anew for every step.
template <typename Step>
static Error repeat(Invocation& call, CapTable& table, Step step) REQUIRES(object_lock) {
  const Handle handle{call.argument(0)};
  for (;;) {
    const auto slot = table.lookup(handle);
    const bool finished = slot ? step(**slot) : drain_step();
    if (finished && (slot ? drain_step() : true)) return Error::ok;
    // A caller that stopped or deleted itself, or the capability it called by, cannot
    // come back to finish the job: it is finished here. (The memory of what goes is
    // not reused while this runs.)
    if (!call.can_come_back()) {
      let_interrupts_in();
    } else if (call.preempt()) {
      return Error::ok;
    }
  }
}

static Error identify(Invocation& call, CapTable& table) {
  const Slot* slot = table.slot(call.argument(0));
  if (slot == nullptr) return Error::bad_argument;
  call.result(1, Handle::make(call.argument(0), slot->generation).value);
  call.result(0, static_cast<std::uint64_t>(slot->type));
  call.result(2, slot->rights);
  call.result(4, range_bytes(*slot));
  call.result(3, visible_badge(*slot));
  return Error::ok;
}

Error invoke_cap_table(Invocation& call) {
  auto& table = *call.slot.as<CapTable>();
  const auto method = static_cast<abi::CapTableMethod>(call.method);
  if (!call.slot.has(method == abi::CapTableMethod::identify ? abi::kRightRead : abi::kRightWrite)) return Error::no_right;
  switch (method) {
    case abi::CapTableMethod::copy:
      return mint(call, table, {.rights = static_cast<std::uint8_t>(call.argument(2)), .badge = call.argument(3)}, 1);
    case abi::CapTableMethod::mint:
      return mint(call, table,
                  {.rights = static_cast<std::uint8_t>(call.argument(2)), .badge = call.argument(3), .offset = call.argument(4),
                   .bytes = call.argument(5)},
                  call.argument(6));
    case abi::CapTableMethod::make_gate: return make_gate(call, table);
    case abi::CapTableMethod::move: return move(call, table);
    case abi::CapTableMethod::delete_:
    case abi::CapTableMethod::revoke: {
      if (!call.thread.restarting_long()) {
        const auto slot = table.lookup(Handle{call.argument(0)});
        if (!slot) return slot.error();
        audit(call.thread.member_of,
              {.event = Event::revoke, .actor = &call.thread, .capability = *slot, .badge = visible_badge(**slot)});
      }
      call.thread.progress = 1;
      if (method == abi::CapTableMethod::delete_) {
        return repeat(call, table, [](Slot& slot) REQUIRES(object_lock) { return clear_step(slot); });
      }
      return repeat(call, table, [](Slot& slot) REQUIRES(object_lock) { return revoke_step(slot); });
    }
    case abi::CapTableMethod::identify: return identify(call, table);
    case abi::CapTableMethod::swap: return swap(call, table);
  }
  return Error::bad_call;
}

}  // namespace tessera::nucleus
