// SPDX-License-Identifier: Apache-2.0
// Thread: configuration, start and stop, guest state.
#include "kernel/ipc/invocation.hpp"
#include "kernel/memory/address_space.hpp"
#include "kernel/object/budget.hpp"
#include "kernel/object/cap_table.hpp"
#include "kernel/object/derive.hpp"
#include "kernel/object/destroy.hpp"
#include "kernel/sched/guest_end.hpp"
#include "kernel/sched/urgency.hpp"

namespace tessera::nucleus {

// Whether a slot of the thread's may hold the capability.
static Error may_hold(const Invocation& call, const Thread& thread, const Slot* source) {
  if (source == nullptr) return Error::ok;
  const auto passed = cross(*source, thread.member_of, {call.thread});
  return passed ? Error::ok : passed.error();
}

// Replaces what one of the thread's own slots holds. That ends at once, unless it was the
// last capability of an endpoint that many wait for. The caller has asked whether it may
// hold the new one.
static void hold(const Invocation& call, Slot& own, Slot& source) REQUIRES(object_lock) {
  while (!own.empty() && !clear_step(own)) let_interrupts_in();
  unwrap(derive(source, own, {}, {call.thread}));
}

// The page of a Memory capability that a thread and the nucleus both use.
static Result<PhysAddr> shared_page(const Slot& memory, std::uint64_t offset) {
  if (!aligned(offset, kPageBytes)) return fail(Error::misaligned);
  if (offset >= memory.extra || (memory.badge & kMemoryDevice) != 0) return fail(Error::bad_argument);
  return PhysAddr{memory.object + offset};
}

static constexpr std::uint8_t kReadWrite = abi::kRightRead | abi::kRightWrite;

static Error configure(Invocation& call, Thread& thread) REQUIRES(object_lock) {
  if (thread.state != ThreadState::stopped && &thread != &call.thread) return Error::busy;
  Slot* table = nullptr;
  Slot* space = nullptr;
  Slot* memory = nullptr;
  Slot* fault = nullptr;
  PhysAddr page{};
  if (call.argument(0) != 0) {
    const auto found = call.capability(0, ObjectType::cap_table, 0);
    if (!found) return found.error();
    table = *found;
  }
  if (call.argument(1) != 0) {
    const auto found = call.capability(1, ObjectType::address_space, 0);
    if (!found) return found.error();
    space = *found;
    if (space->as<AddressSpace>()->is_guest() || space->as<AddressSpace>()->dying) return Error::bad_argument;
  }
  if (call.argument(2) != 0) {
    const auto found = call.capability(2, ObjectType::memory, kReadWrite);
    if (!found) return found.error();
    memory = *found;
    const auto address = shared_page(*memory, call.argument(3));
    if (!address) return address.error();
    page = *address;
  }
  if (call.argument(4) != 0) {
    const auto found = call.capability(4, ObjectType::endpoint, abi::kRightWrite);
    if (!found) return found.error();
    fault = *found;
  }
  // A running thread may only change its message page and fault endpoint.
  if (&thread == &call.thread && (table != nullptr || space != nullptr)) return Error::busy;
  // A thread's table and space are its own namespace's.
  if (table != nullptr && table->as<CapTable>()->member_of != thread.member_of) return Error::denied;
  if (space != nullptr && space->as<AddressSpace>()->member_of != thread.member_of) return Error::denied;
  for (const Slot* held : {table, space, memory, fault}) {
    if (const Error error = may_hold(call, thread, held); error != Error::ok) return error;
  }
  if (table != nullptr) {
    hold(call, thread.table_slot, *table);
    thread.table = table->as<CapTable>();
    thread.restarting = false;  // handles mean something else now
  }
  if (space != nullptr) {
    hold(call, thread.space_slot, *space);
    thread.space = space->as<AddressSpace>();
    ++thread.space->threads;
  }
  if (memory != nullptr) {
    if (thread.message_slot.empty() || &thread != &call.thread) {
      hold(call, thread.message_slot, *memory);
      thread.message = direct<abi::MessagePage>(page);
    } else {
      return Error::busy;
    }
  }
  if (fault != nullptr) hold(call, thread.fault_slot, *fault);
  return Error::ok;
}

static bool component_address(std::uint64_t address) {
  return address >= abi::kComponentBase && address < abi::kComponentLimit;
}

static Error set_registers(Invocation& call, Thread& thread) {
  if (thread.state != ThreadState::stopped) return Error::busy;
  if (!component_address(call.argument(0)) || !component_address(call.argument(1))) return Error::bad_argument;
  if (call.argument(3) != 0 && !component_address(call.argument(3))) return Error::bad_argument;
  thread.frame = arch::Frame::start(call.argument(0), call.argument(1), call.argument(2));
  thread.tls = call.argument(3);
  thread.resume = arch::Resume::full;
  thread.in_guest = false;
  thread.unusual.faulted = false;
  thread.restarting = false;
  return Error::ok;
}

// Gives it another budget. One that is not stopped goes on with it, wherever that is:
// only if it runs on its own and has lent that to nobody.
static Error change_budget(const Invocation& call, Thread& thread, Slot& source) REQUIRES(object_lock) {
  auto* next = source.as<Budget>();
  const bool stopped = thread.state == ThreadState::stopped;
  if (!stopped) {
    if (thread.budget == next) return Error::ok;
    const bool own = thread.active_budget != nullptr && thread.active_budget == thread.budget;
    if (!own || thread.state == ThreadState::awaiting_reply) return Error::busy;
  }
  if (const Error error = may_hold(call, thread, &source); error != Error::ok) return error;
  if (!stopped) {  // before the old one goes, without which it would stop
    thread.budget = next;
    set_active_budget(thread, next);
  }
  hold(call, thread.budget_slot, source);
  thread.budget = next;
  if (stopped) thread.active_budget = next;
  return Error::ok;
}

static Error schedule_thread(Invocation& call, Thread& thread) REQUIRES(object_lock) {
  const std::uint64_t priority = call.argument(1);
  if (priority > abi::kMaxPriority) return Error::bad_argument;
  if (priority > call.thread.priority) return Error::no_right;
  if (call.argument(0) != 0) {
    const auto found = call.capability(0, ObjectType::budget, 0);
    if (!found) return found.error();
    if (const Error error = change_budget(call, thread, **found); error != Error::ok) return error;
  }
  set_own_priority(thread, static_cast<std::uint8_t>(priority));
  return Error::ok;
}

static Error pace_thread(const Invocation& call, Thread& thread) REQUIRES(object_lock) {
  static constexpr std::uint64_t kLeastNs = 100'000, kMostNs = 1'000'000'000;
  const std::uint64_t priority = call.argument(0), slice_ns = call.argument(1);
  if (priority > abi::kMaxPriority || (slice_ns != 0 && slice_ns < kLeastNs) || slice_ns > kMostNs) return Error::bad_argument;
  pace(thread, static_cast<std::uint8_t>(priority), arch::ns_to_ticks(slice_ns));
  return Error::ok;
}

static bool wants_to_run(const Thread& thread) {
  return thread.state == ThreadState::ready || thread.state == ThreadState::throttled || thread.state == ThreadState::paused;
}

static Error resume(Thread& thread) {
  if (thread.state != ThreadState::stopped) return Error::busy;
  if (thread.table == nullptr || thread.space == nullptr || thread.space->dying || thread.active_budget == nullptr) {
    return Error::not_configured;
  }
  make_ready(thread);
  return Error::ok;
}

static Error set_guest_state(Invocation& call, Thread& thread) REQUIRES(object_lock) {
  const auto memory = call.capability(0, ObjectType::memory, kReadWrite);
  if (!memory) return memory.error();
  const auto page = shared_page(**memory, call.argument(1));
  if (!page) return page.error();
  if (thread.in_guest.acquire()) return Error::busy;
  if (const Error error = may_hold(call, thread, *memory); error != Error::ok) return error;
  arch::forget_extended(thread);
  thread.guest = nullptr;
  hold(call, thread.guest_slot, **memory);
  thread.guest = direct<abi::GuestState>(*page);
  arch::describe_extended(*thread.guest);
  return Error::ok;
}

static Error set_fixup(Invocation& call, Thread& thread) {
  if (!component_address(call.argument(2)) || call.argument(0) > call.argument(1)) return Error::bad_argument;
  thread.fixup_start = call.argument(0);
  thread.fixup_end = call.argument(1);
  thread.fixup_target = call.argument(2);
  return Error::ok;
}

static Error set_timeout(Invocation& call, Thread& thread) REQUIRES(object_lock) {
  Slot* endpoint = nullptr;
  if (call.argument(0) != 0) {
    const auto found = call.capability(0, ObjectType::endpoint, abi::kRightWrite);
    if (!found) return found.error();
    endpoint = *found;
  }
  if (endpoint == nullptr) {
    while (!thread.timeout_slot.empty() && !clear_step(thread.timeout_slot)) let_interrupts_in();
    return Error::ok;
  }
  if (const Error error = may_hold(call, thread, endpoint); error != Error::ok) return error;
  hold(call, thread.timeout_slot, *endpoint);
  return Error::ok;
}

// Its registers are where others find them.
static void stop_for_look(const Thread& thread) REQUIRES(object_lock) {
  if (Core& core = core_of(thread); core.current() == &thread) halt(core);
}

static Error sync_guest(const Invocation& call, Thread& thread) REQUIRES(object_lock) {
  if (thread.guest == nullptr) return Error::not_configured;
  if (&thread == &call.thread) {
    arch::save_extended(thread);
  } else {
    stop_for_look(thread);
    arch::bring_home(thread);
  }
  return Error::ok;
}

static Error read_registers(Invocation& call, const Thread& thread) REQUIRES(object_lock) {
  stop_for_look(thread);
  const arch::Frame frame = thread.frame;
  std::uint64_t state = 2;
  if (thread.state == ThreadState::stopped) state = 0;
  if (wants_to_run(thread)) state = 1;
  const std::uint64_t time = arch::ticks_to_ns(thread.time_used);
  const std::array<std::uint64_t, 6> registers = frame.for_dump();
  for (unsigned i = 0; i < registers.size(); ++i) call.result(i, registers[i]);
  call.result(6, state);
  call.result(7, time);
  return Error::ok;
}

static std::uint8_t right_for(abi::ThreadMethod method) {
  if (method == abi::ThreadMethod::kick) return abi::kRightWrite;
  if (method == abi::ThreadMethod::pace || method == abi::ThreadMethod::progress) return abi::kRightExecute;
  if (method == abi::ThreadMethod::read_registers || method == abi::ThreadMethod::time) return abi::kRightRead;
  return abi::kRightManage;
}

Error invoke_thread(Invocation& call) {
  auto& thread = *call.slot.as<Thread>();
  if (!call.beside) reach(thread);
  const auto method = static_cast<abi::ThreadMethod>(call.method);
  if (!call.slot.has(right_for(method))) return Error::no_right;
  switch (method) {
    case abi::ThreadMethod::kick:
      kick(thread);
      guest_left_from_outside(thread);
      return Error::ok;
    case abi::ThreadMethod::read_registers: return read_registers(call, thread);
    case abi::ThreadMethod::time:
      charge(&thread == &call.thread ? this_core() : core_of(thread));
      call.result(0, arch::ticks_to_ns(thread.time_used));
      return Error::ok;
    case abi::ThreadMethod::pace: return pace_thread(call, thread);
    case abi::ThreadMethod::progress:
      charge(core_of(thread));
      call.result(0, arch::ticks_to_ns(thread.time_used));
      call.result(1, wants_to_run(thread) ? 1 : 0);
      return Error::ok;
    case abi::ThreadMethod::configure: return configure(call, thread);
    case abi::ThreadMethod::set_registers: return set_registers(call, thread);
    case abi::ThreadMethod::schedule: return schedule_thread(call, thread);
    case abi::ThreadMethod::resume: return resume(thread);
    case abi::ThreadMethod::suspend: stop(thread); return Error::ok;
    case abi::ThreadMethod::set_guest_state: return set_guest_state(call, thread);
    case abi::ThreadMethod::set_fixup: return set_fixup(call, thread);
    case abi::ThreadMethod::set_timeout: return set_timeout(call, thread);
    case abi::ThreadMethod::sync_guest: return sync_guest(call, thread);
  }
  return Error::bad_call;
}

}  // namespace tessera::nucleus
