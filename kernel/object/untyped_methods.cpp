// SPDX-License-Identifier: Apache-2.0
// Untyped: retype and info. All that the nucleus ever keeps is made here (and, at
// boot, for genesis).
#include <algorithm>
#include <array>
#include <bit>
#include <memory>

#include "kernel/ipc/invocation.hpp"
#include "kernel/namespace/crossing.hpp"
#include "kernel/iommu/dma_domain.hpp"
#include "kernel/memory/address_space.hpp"
#include "kernel/object/budget.hpp"
#include "kernel/object/cap_table.hpp"
#include "kernel/object/derivation.hpp"
#include "kernel/object/derive.hpp"
#include "kernel/object/endpoint.hpp"
#include "kernel/object/interrupt.hpp"
#include "kernel/object/make.hpp"
#include "kernel/object/notification.hpp"
#include "kernel/object/timer.hpp"
#include "kernel/object/untyped.hpp"

namespace tessera::nucleus {

namespace {

inline constexpr std::uint8_t kAllRights =
    abi::kRightRead | abi::kRightWrite | abi::kRightExecute | abi::kRightGrant | abi::kRightDma | abi::kRightManage;

// Memory up to this size is always zero when it is made; larger blocks, which take
// long, only where another holder used them.
inline constexpr std::uint64_t kZeroedBytes = 1024 * 1024;

template <typename T, std::uint64_t kBytes>
consteval std::uint64_t object_bytes() {
  static_assert(sizeof(T) <= kBytes && std::has_single_bit(kBytes));
  return kBytes;
}

}  // namespace

Result<std::uint64_t> bytes_of(ObjectType type, std::uint64_t size_bits) {
  switch (type) {
    case ObjectType::untyped:
    case ObjectType::memory:
      if (size_bits < kPageBits || size_bits > 47) return fail(Error::bad_argument);
      return std::uint64_t{1} << size_bits;
    case ObjectType::cap_table:
      if (size_bits < 2 || size_bits > 20) return fail(Error::bad_argument);
      return sizeof(Slot) << size_bits;
    case ObjectType::thread: return object_bytes<Thread, arch::kThreadBytes>();
    case ObjectType::budget: return object_bytes<Budget, 512>();
    case ObjectType::address_space: return object_bytes<AddressSpace, kObjectSpaceBytes>();
    case ObjectType::endpoint: return object_bytes<Endpoint, 64>();
    case ObjectType::reply: return object_bytes<Reply, 64>();
    case ObjectType::notification: return object_bytes<Notification, 64>();
    case ObjectType::timer: return object_bytes<Timer, 256>();
    case ObjectType::interrupt: return object_bytes<Interrupt, 256>();
    case ObjectType::namespace_: return object_bytes<Namespace, 512>();
    case ObjectType::dma_domain: return object_bytes<DmaDomain, kObjectDomainBytes>();
    case ObjectType::none:
    case ObjectType::io_ports:
    case ObjectType::log:
    case ObjectType::machine: break;
  }
  return fail(Error::bad_argument);
}

template <typename T, typename... Args>
static std::uint64_t construct(PhysAddr at, Args... args) {
  return reinterpret_cast<std::uint64_t>(std::construct_at(direct<T>(at), args...));
}

void make_object(Slot& slot, ObjectType type, unsigned size_bits, PhysAddr at, Namespace* owner) {
  slot.type = type;
  slot.rights = kAllRights;
  slot.size_bits = static_cast<std::uint8_t>(size_bits);
  switch (type) {
    case ObjectType::untyped: slot.object = at.value; break;
    case ObjectType::memory:
      slot.object = at.value;
      slot.extra = std::uint64_t{1} << size_bits;
      slot.size_bits = 0;
      break;
    case ObjectType::cap_table:
      slot.object = construct<CapTable>(at, size_bits);
      join(*slot.as<CapTable>(), *owner);
      break;
    case ObjectType::thread:
      slot.object = construct<Thread>(at);
      slot.as<Thread>()->core = this_core().number;
      join(*slot.as<Thread>(), *owner);
      break;
    case ObjectType::budget:
      slot.object = construct<Budget>(at);
      slot.as<Budget>()->core = this_core().number;
      join(*slot.as<Budget>(), *owner);
      break;
    case ObjectType::address_space:
      slot.object = construct<AddressSpace>(at);
      join(*slot.as<AddressSpace>(), *owner);
      break;
    case ObjectType::dma_domain:
      slot.object = construct<DmaDomain>(at);
      join(*slot.as<DmaDomain>(), *owner);
      break;
    case ObjectType::namespace_:
      slot.object = construct<Namespace>(at);
      slot.as<Namespace>()->serial = next_serial();
      if (owner != nullptr) join(*slot.as<Namespace>(), *owner);
      break;
    case ObjectType::endpoint:
      slot.object = construct<Endpoint>(at);
      slot.as<Endpoint>()->core = this_core().number;
      break;
    case ObjectType::reply: slot.object = construct<Reply>(at); break;
    case ObjectType::notification:
      slot.object = construct<Notification>(at);
      slot.as<Notification>()->core = this_core().number;
      break;
    case ObjectType::timer: slot.object = construct<Timer>(at); break;
    case ObjectType::interrupt: slot.object = construct<Interrupt>(at); break;
    case ObjectType::none:
    case ObjectType::io_ports:
    case ObjectType::log:
    case ObjectType::machine: break;
  }
  add_reference(slot);
}

// How often memory was handed out of an Untyped, counted by its address (hashed: a
// collision costs a retype that was preempted its progress, no more).
static std::array<std::uint64_t, 256> hand_outs;
static std::uint64_t& hand_outs_of(const Slot& untyped) {
  return hand_outs[((untyped.object >> kPageBits) * 0x9e3779b97f4a7c15) >> 56];
}

void hand_out(Slot& untyped, std::uint64_t end, std::uint64_t paid) {
  ++hand_outs_of(untyped);
  charge(*namespace_of(untyped), Resource::memory, paid);
  UntypedState state = UntypedState::of(untyped);
  state.watermark = end;
  state.charged += paid;
  state.dirty = std::max(state.dirty, end);
  state.store(untyped);
}

void take_over_charge(Slot& untyped, Slot& child) {
  UntypedState from = UntypedState::of(child), to = UntypedState::of(untyped);
  give_back(*namespace_of(child), Resource::memory, from.charged);
  charge(*namespace_of(untyped), Resource::memory, from.charged);
  to.charged += from.charged;
  from.charged = 0;
  from.store(child);
  to.store(untyped);
}

void take_memory_back(Slot& untyped) {
  UntypedState state = UntypedState::of(untyped);
  give_back(*namespace_of(untyped), Resource::memory, state.charged);
  state.watermark = state.charged = 0;
  state.store(untyped);
}

// Zeroes [from, to) in steps. Starts over when another thread was given memory of
// the Untyped between two steps: it may have used what was zeroed already. Memory that nobody ever used is left as it is when
// its user will see it as Memory or Untyped: no one's data can be in it.
static bool zero(Invocation& call, PhysAddr from, PhysAddr to) {
  const std::uint64_t key = from.value;
  const std::uint64_t epoch = hand_outs_of(call.slot);
  if (call.thread.progress_key != key || call.thread.progress_epoch != epoch) call.thread.progress = 0;
  call.thread.progress_key = key;
  call.thread.progress_epoch = epoch;
  while (from.value + call.thread.progress < to.value) {
    arch::zero_page(direct<std::byte>(from.plus(call.thread.progress)));
    call.thread.progress += kPageBytes;
    if (call.thread.progress % (16 * kPageBytes) == 0 && call.preempt()) return false;
  }
  call.thread.progress_key = 0;
  return true;
}

static Error retype(Invocation& call) REQUIRES(object_lock) {
  const auto type = static_cast<ObjectType>(call.argument(0));
  const std::uint64_t size_bits = call.argument(1), count = call.argument(2), first = call.argument(4);
  if (call.argument(0) > 0xff || count == 0 || count > 256) return Error::bad_argument;
  const auto size = bytes_of(type, size_bits);
  if (!size) return size.error();
  if (type == ObjectType::interrupt) return Error::bad_argument;  // whose line it is, a Machine says
  const auto table_slot = call.capability(3, ObjectType::cap_table, abi::kRightWrite);
  if (!table_slot) return table_slot.error();
  auto& table = *(*table_slot)->as<CapTable>();
  for (std::uint64_t i = 0; i < count; ++i) {
    if (const auto slot = table.slot_to_fill(first + i); !slot) return slot.error();
  }
  const UntypedState state = UntypedState::of(call.slot);
  const std::uint64_t capacity = untyped_bytes(call.slot);
  // The physical address is aligned too: an Untyped is aligned to its size. Sizes are powers of two: `start` is within it.
  const std::uint64_t start = align_up(state.watermark, *size);
  if (*size > capacity || *size * count > capacity - start) return Error::no_memory;
  const std::uint64_t end = start + *size * count;
  // Who pays: for memory the namespace that the Untyped is in, for members the one that they join.
  Namespace& payer = *namespace_of(call.slot);
  Namespace& owner = *table.member_of;
  const std::uint64_t paid = type == ObjectType::untyped ? 0 : *size * count;
  const Cost cost = cost_of(type, size_bits, count);
  if (const auto passed = cross(call.slot, type, &owner, {call.thread}); !passed) return passed.error();
  if (type == ObjectType::namespace_ && owner.depth >= abi::kNamespaceDepth) return Error::too_deep;
  if (!can_charge(payer, Resource::memory, paid) || !can_charge(owner, cost.what, cost.amount)) return Error::over_limit;

  const bool frames = type == ObjectType::memory || type == ObjectType::untyped;
  const PhysAddr base{call.slot.object};
  if (frames) {
    // What was never used holds no holder's data, but whatever firmware left: small blocks are zeroed all the same.
    const std::uint64_t used_end = *size <= kZeroedBytes ? end : std::min(end, state.dirty);
    if (type == ObjectType::memory && start < used_end && !zero(call, base.plus(start), base.plus(used_end))) return Error::ok;
  } else if (*size >= kPageBytes) {
    if (!zero(call, base.plus(start), base.plus(end))) return Error::ok;
  } else {
    arch::zero_bytes(direct<std::byte>(base.plus(start)), end - start);
  }
  // Nothing fails from here on.
  for (std::uint64_t i = 0; i < count; ++i) {
    Slot& slot = *table.raw(first + i);
    make_object(slot, type, static_cast<unsigned>(size_bits), base.plus(start + i * *size), &owner);
    // Used memory stays marked as used for whoever splits it further.
    if (type == ObjectType::untyped && state.dirty > start + i * *size) {
      UntypedState{.dirty = std::min(*size, state.dirty - (start + i * *size))}.store(slot);
    }
    link_child(&call.slot, slot);
  }
  hand_out(call.slot, end, paid);
  AuditTrail::Entry made{.event = Event::create, .actor = &call.thread, .capability = table.raw(first), .badge = count, .other = &owner};
  audit(call.thread.member_of, made);
  if (&owner != call.thread.member_of) audit(&owner, made);
  call.result(0, Handle::make(first, table.raw(first)->generation).value);
  return Error::ok;
}

Error invoke_untyped(Invocation& call) {
  switch (static_cast<abi::UntypedMethod>(call.method)) {
    case abi::UntypedMethod::retype:
      if (!call.slot.has(abi::kUntypedRetypeRights)) return Error::no_right;
      return retype(call);
    case abi::UntypedMethod::info:
      call.result(0, call.slot.size_bits);
      call.result(1, untyped_bytes(call.slot) - UntypedState::of(call.slot).watermark);
      return Error::ok;
  }
  return Error::bad_call;
}

}  // namespace tessera::nucleus
