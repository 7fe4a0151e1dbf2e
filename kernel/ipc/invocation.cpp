// SPDX-License-Identifier: Apache-2.0
#include "kernel/ipc/invocation.hpp"

#include "kernel/ipc/message.hpp"
#include "kernel/namespace/namespace.hpp"
#include "kernel/object/cap_table.hpp"
#include "kernel/sched/scheduler.hpp"

namespace tessera::nucleus {

Result<Slot*> Invocation::capability(unsigned index, ObjectType type, std::uint8_t rights) const {
  Slot* found = TRY(thread.table->lookup(Handle{argument(index)}));
  if (found->type != type) return fail(Error::wrong_type);
  if (!found->has(rights)) return fail(Error::no_right);
  return found;
}

Result<Slot*> Invocation::destination(unsigned table_argument, std::uint64_t index) const {
  Slot* table = TRY(capability(table_argument, ObjectType::cap_table, abi::kRightWrite));
  return table->as<CapTable>()->slot_to_fill(index);
}

bool Invocation::can_come_back() const {
  if (thread.header.references == 0 || thread.state == ThreadState::stopped || thread.state == ThreadState::paused) return false;
  if (thread.table == nullptr) return false;
  const auto found = thread.table->lookup(handle);
  return found && *found == &slot;
}

bool Invocation::preempt() {
  if (beside) {  // on the way back interrupts come in, and others get the lock
    preempted = true;
    return true;
  }
  Core& core = this_core();
  let_interrupts_in();
  if (!core.reschedule && !lock_awaited()) return false;
  preempted = true;
  return true;
}

static Error operate(Invocation& call) REQUIRES(object_lock) {
  switch (call.slot.type) {
    case ObjectType::untyped: return invoke_untyped(call);
    case ObjectType::cap_table: return invoke_cap_table(call);
    case ObjectType::thread: return invoke_thread(call);
    case ObjectType::budget: return invoke_budget(call);
    case ObjectType::address_space: return invoke_address_space(call);
    case ObjectType::memory: return invoke_memory(call);
    case ObjectType::endpoint: return invoke_endpoint(call);
    case ObjectType::notification: return invoke_notification(call);
    case ObjectType::timer: return invoke_timer(call);
    case ObjectType::interrupt: return invoke_interrupt(call);
    case ObjectType::io_ports: return invoke_io_ports(call);
    case ObjectType::log: return invoke_log(call);
    case ObjectType::machine: return invoke_machine(call);
    case ObjectType::reply: return Error::bad_call;
    case ObjectType::namespace_: return invoke_namespace(call);
    case ObjectType::dma_domain: return invoke_dma_domain(call);
    case ObjectType::none: break;
  }
  return Error::empty_slot;
}

void audit_result(const Thread& thread, const Slot& capability, std::uint64_t what, Error error) {
  const bool refused = error == Error::denied || error == Error::over_limit || error == Error::no_right;
  AuditTrail::Entry entry{.event = Event::denied, .actor = &thread, .capability = &capability, .badge = what, .error = error};
  if (refused) audit(thread.member_of, entry);
  if (!thread.audits(Event::use)) return;
  entry.event = Event::use;
  audit(thread.member_of, entry);
}

// Operates and records how it ended. The capability, and the caller, may be gone by then.
[[gnu::noinline]] static Error operate_recorded(Invocation& call) REQUIRES(object_lock) {
  const Slot asked = call.slot;
  const Error error = operate(call);
  if (!call.preempted && call.thread.header.references != 0) audit_result(call.thread, asked, call.method, error);
  return error;
}

static void finish(const Invocation& call, Error error) {
  if (call.preempted) {
    // The registers still hold the call (with its progress in the arguments or
    // the thread): run its instruction again.
    call.thread.restarting = true;
    call.thread.frame.restart_call();
    return;
  }
  call.thread.frame.set_result(error);
}

void invoke(Thread& thread, std::uint64_t tag, Handle handle) {
  if (!thread.restarting) thread.progress = 0;
  thread.restarting = false;
  if (thread.table == nullptr) return thread.frame.set_result(Error::not_configured);
  const auto slot = thread.table->lookup(handle);
  if (!slot) return thread.frame.set_result(slot.error());
  Invocation call{.thread = thread, .slot = **slot, .handle = handle, .method = Tag{tag}.label()};
  finish(call, thread.audited != 0 ? operate_recorded(call) : operate(call));
}

static bool works_beside(const Invocation& call) {
  if (call.slot.type == ObjectType::address_space) {
    switch (static_cast<abi::AddressSpaceMethod>(call.method)) {
      case abi::AddressSpaceMethod::map:
      case abi::AddressSpaceMethod::map_list:
      case abi::AddressSpaceMethod::unmap:
      case abi::AddressSpaceMethod::protect:
      case abi::AddressSpaceMethod::copy_range:
      case abi::AddressSpaceMethod::info: return call.slot.as<AddressSpace>()->knows(this_core().number);
      case abi::AddressSpaceMethod::enter: return call.thread.may_enter(*call.slot.as<AddressSpace>(), this_core().number);
      case abi::AddressSpaceMethod::donate:
      case abi::AddressSpaceMethod::attach:
      case abi::AddressSpaceMethod::detach:
      case abi::AddressSpaceMethod::bind_host: return false;
    }
    return false;
  }
  if (call.slot.type != ObjectType::thread || call.slot.as<Thread>() != &call.thread) return false;
  if (call.thread.active_budget == nullptr || call.thread.active_budget->core != this_core().number) return false;  // it was moved
  const auto method = static_cast<abi::ThreadMethod>(call.method);
  return method == abi::ThreadMethod::time || method == abi::ThreadMethod::sync_guest;
}

bool try_invoke_beside(Thread& thread, std::uint64_t tag, Handle handle) NO_LOCK_ANALYSIS {
  if (thread.table == nullptr || thread.audited != 0) return false;
  if (!thread.table->is_own(handle)) return false;
  const auto slot = thread.table->lookup(handle);
  if (!slot) return false;
  Invocation call{.thread = thread, .slot = **slot, .handle = handle, .method = Tag{tag}.label(), .beside = true};
  if (!works_beside(call)) return false;
  if (!thread.restarting) thread.progress = 0;
  thread.restarting = false;
  const Error error = call.slot.type == ObjectType::thread ? invoke_thread(call) : invoke_address_space(call);
  if (call.all_needed) {
    thread.restarting = true;  // as far as it came
    return false;
  }
  thread.resume = arch::Resume::call;
  finish(call, error);
  return true;
}

}  // namespace tessera::nucleus
