// SPDX-License-Identifier: Apache-2.0
// Where a system call of a component arrives from the entry code.
#include "guest.hpp"
#include "kernel/support/architecture.hpp"
#include "kernel/ipc/calls.hpp"
#include "kernel/ipc/invocation.hpp"
#include "kernel/ipc/message.hpp"
#include "kernel/memory/address_space.hpp"
#include "kernel/object/cap_table.hpp"
#include "kernel/sched/scheduler.hpp"

namespace tessera::nucleus {

Lock object_lock;

static Error run_guest(Thread& thread, Handle handle) {
  if (thread.table == nullptr) return Error::not_configured;
  const auto slot = thread.table->lookup(handle);
  if (!slot) return slot.error();
  if ((*slot)->type != ObjectType::address_space) return Error::wrong_type;
  if (!(*slot)->has(abi::kRightManage)) return Error::no_right;
  return arch::guest_run(thread, *(*slot)->as<AddressSpace>());
}

// Everything that is not the fast path of its call. Never inlined: the fast paths
// must not pay for its registers.
[[gnu::noinline]] static void full_call(Thread& thread, std::uint64_t tag, Handle handle) {
  thread.resume = arch::Resume::call;
  Error error = Error::ok;
  {
    const Holding hold(object_lock);
    switch (static_cast<abi::Call>(tag & 0xff)) {
      case abi::Call::call: error = send(thread, handle, true); break;
      case abi::Call::send: error = send(thread, handle, false); break;
      case abi::Call::reply_wait:
        error = reply(thread, Handle{thread.frame.reply_handle()}, true);
        if (error == Error::ok || error == Error::would_block) error = wait(thread, handle, Handle{thread.frame.reply_handle()});
        break;
      case abi::Call::reply:
        error = reply(thread, Handle{thread.frame.reply_handle()}, false);
        if (error == Error::ok) thread.frame.set_result(error);
        break;
      case abi::Call::wait: error = wait(thread, handle, Handle{thread.frame.reply_handle()}); break;
      case abi::Call::notify: error = notify(thread, handle); break;
      case abi::Call::yield:
        thread.frame.set_result(Error::ok);
        yield_current();
        break;
      case abi::Call::invoke: invoke(thread, tag, handle); break;
      case abi::Call::submit: error = Error::unsupported; break;
      case abi::Call::guest_run: error = Error::bad_call; break;  // has an entry of its own
      default: error = Error::bad_call; break;
    }
  }
  if (error != Error::ok) thread.frame.set_result(error);
  const Core& core = this_core();
  if (core.reschedule || core.current() == nullptr) schedule();
}

[[gnu::noinline]] static void measured_call(Thread& thread, std::uint64_t tag, Handle handle) {
  begin_stretch(this_core());
  full_call(thread, tag, handle);
  end_stretch(this_core());
}

[[gnu::noinline]] static void audited_call(Thread& thread, std::uint64_t tag, Handle handle) {
  if (!try_fast_audited_call(thread, tag, handle)) full_call(thread, tag, handle);
}

// True when the thread does not enter its guest: its call ended at once.
extern "C" bool nucleus_guest_run(Thread& thread, std::uint64_t handle) {
  const Error error = run_guest(thread, Handle{handle});
  if (error == Error::ok) [[likely]] return !thread.in_guest;
  thread.resume = arch::Resume::call;
  thread.frame.set_result(error);
  return true;
}

extern "C" void nucleus_system_call(Thread& thread, std::uint64_t tag, std::uint64_t handle) {
  const auto call = static_cast<std::uint8_t>(tag);
  if (call == static_cast<std::uint8_t>(abi::Call::call)) {
    if (thread.audits(Event::use)) [[unlikely]] return audited_call(thread, tag, Handle{handle});
    if (try_fast_call(thread, tag, Handle{handle})) [[likely]] return;
  } else if (call == static_cast<std::uint8_t>(abi::Call::reply_wait)) {
    if (try_fast_reply_wait(thread, tag, Handle{handle})) [[likely]] return;
  }
  if (this_core().measuring) [[unlikely]] return measured_call(thread, tag, Handle{handle});
  full_call(thread, tag, Handle{handle});
}

}  // namespace tessera::nucleus
