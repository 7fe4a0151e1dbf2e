// SPDX-License-Identifier: Apache-2.0
// CapTable: copy, move, delete, revoke, identify.
#include "kernel/ipc/invocation.hpp"
#include "kernel/object/cap_table.hpp"
#include "kernel/object/derivation.hpp"
#include "kernel/object/derive.hpp"
#include "kernel/object/destroy.hpp"
#include "kernel/sched/scheduler.hpp"

namespace tessera::nucleus {

static Error copy(Invocation& call, CapTable& table) REQUIRES(object_lock) {
  const auto source = call.thread.table->lookup(Handle{call.argument(0)});
  if (!source) return source.error();
  const std::uint64_t index = call.argument(1);
  const auto target = table.slot_to_fill(index);
  if (!target) return target.error();
  if (call.argument(2) > 0xff) return Error::bad_argument;
  const auto done = derive(**source, **target, static_cast<std::uint8_t>(call.argument(2)), call.argument(3));
  if (!done) return done.error();
  call.result(0, Handle::make(index, (*target)->generation).value);
  return Error::ok;
}

static Error move(Invocation& call, CapTable& table) REQUIRES(object_lock) {
  const auto source = call.thread.table->lookup(Handle{call.argument(0)});
  if (!source) return source.error();
  const std::uint64_t index = call.argument(1);
  const auto target = table.slot_to_fill(index);
  if (!target) return target.error();
  move_slot(**source, **target);
  call.result(0, Handle::make(index, (*target)->generation).value);
  return Error::ok;
}

// Deletes or revokes in steps. The slot may vanish on the way, with the table it
// is in or the thread that asked: it is looked up anew for every step.
template <typename Step>
static Error repeat(Invocation& call, CapTable& table, Step step) REQUIRES(object_lock) {
  const Handle handle{call.argument(0)};
  const ObjectHeader& alive = call.thread.header;
  const std::uint32_t asked_generation = call.slot.generation;
  for (;;) {
    const auto slot = table.lookup(handle);
    const bool finished = slot ? step(**slot) : drain_step();
    if (finished && (slot ? drain_step() : true)) return Error::ok;
    // A caller that stopped or deleted itself, or the capability it called by, cannot
    // come back to finish the job: it is finished here. (The memory of what goes is
    // not reused while this runs.)
    if (alive.references == 0 || call.thread.state == ThreadState::stopped || call.slot.generation != asked_generation) {
      arch::preemption_window();
    } else if (call.preempt()) {
      return Error::ok;
    }
  }
}

static Error swap(Invocation& call, CapTable& table) REQUIRES(object_lock) {
  const auto source = call.thread.table->lookup(Handle{call.argument(0)});
  if (!source) return source.error();
  Slot* other = table.slot(call.argument(1));
  if (other == nullptr) return Error::bad_argument;
  if (other->empty()) return Error::empty_slot;
  if (*source != other) swap_slots(**source, *other);
  call.result(0, Handle::make(call.argument(1), other->generation).value);
  return Error::ok;
}

static Error identify(Invocation& call, CapTable& table) {
  const Slot* slot = table.slot(call.argument(0));
  if (slot == nullptr) return Error::bad_argument;
  call.result(1, Handle::make(call.argument(0), slot->generation).value);
  call.result(0, static_cast<std::uint64_t>(slot->type));
  call.result(2, slot->rights);
  call.result(4, range_bytes(*slot));
  call.result(3, slot->type == ObjectType::endpoint || slot->type == ObjectType::notification ? slot->badge : 0);
  return Error::ok;
}

Error invoke_cap_table(Invocation& call) {
  auto& table = *call.slot.as<CapTable>();
  const auto method = static_cast<abi::CapTableMethod>(call.method);
  if (!call.slot.has(method == abi::CapTableMethod::identify ? abi::kRightRead : abi::kRightWrite)) return Error::no_right;
  switch (method) {
    case abi::CapTableMethod::copy: return copy(call, table);
    case abi::CapTableMethod::move: return move(call, table);
    case abi::CapTableMethod::delete_:
    case abi::CapTableMethod::revoke: {
      if (!call.thread.restarting_long()) {
        const auto slot = table.lookup(Handle{call.argument(0)});
        if (!slot) return slot.error();
      }
      call.thread.progress = 1;
      if (method == abi::CapTableMethod::delete_) {
        return repeat(call, table, [](Slot& slot) REQUIRES(object_lock) { return clear_step(slot); });
      }
      return repeat(call, table, [](Slot& slot) REQUIRES(object_lock) { return revoke_step(slot); });
    }
    case abi::CapTableMethod::identify: return identify(call, table);
    case abi::CapTableMethod::swap: return swap(call, table);
    case abi::CapTableMethod::mint:
    case abi::CapTableMethod::make_gate: return Error::unsupported;
  }
  return Error::bad_call;
}

}  // namespace tessera::nucleus
