// SPDX-License-Identifier: Apache-2.0
// Where a system call of a component arrives from the entry code.
#include "guest.hpp"
#include "kernel/support/architecture.hpp"
#include "kernel/ipc/calls.hpp"
#include "kernel/ipc/invocation.hpp"
#include "kernel/ipc/message.hpp"
#include "kernel/memory/address_space.hpp"
#include "kernel/object/cap_table.hpp"
#include "kernel/sched/fast_switch.hpp"
#include "kernel/sched/scheduler.hpp"
#include "kernel/sched/urgency.hpp"

namespace tessera::nucleus {

static Result<AddressSpace*> find_guest(const Thread& thread, Handle handle) {
  if (thread.table == nullptr) return fail(Error::not_configured);
  const Slot* slot = TRY(thread.table->lookup(handle));
  if (slot->type != ObjectType::address_space) return fail(Error::wrong_type);
  if (!slot->has(abi::kRightManage)) return fail(Error::no_right);
  return slot->as<AddressSpace>();
}

static constexpr auto kLastCall = static_cast<std::uint8_t>(abi::Call::reply);

// Everything that is not the fast path of its call.
static void make_call(Core& core, Thread& thread, std::uint64_t tag, Handle handle) REQUIRES(object_lock) {
  Error error = Error::ok;
  switch (static_cast<abi::Call>(tag & 0xff)) {
    case abi::Call::call:
    case abi::Call::send:
      error = send(thread, handle, static_cast<abi::Call>(tag & 0xff) == abi::Call::call);
      break;
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
  if (error != Error::ok) thread.frame.set_result(error);
  schedule_if_asked(core);
}

[[gnu::noinline]] static void full_call_on_several_cores(Core& core, Thread& thread, std::uint64_t tag, Handle handle) {
  core.call_unfinished = true;
  const Holding hold(object_lock);
  core.call_unfinished = false;
  if (!core.was_halted) [[likely]] return make_call(core, thread, tag, handle);
  // Perhaps it is to run no more; else it makes its call again.
  schedule_if_asked(core);
}

// Never inlined: the fast paths must not pay for its registers.
[[gnu::noinline]] static void full_call(Thread& thread, std::uint64_t tag, Handle handle) NO_LOCK_ANALYSIS {
  Core& core = this_core();
  thread.resume = arch::Resume::call;
  if (several_cores) [[unlikely]] return full_call_on_several_cores(core, thread, tag, handle);
  make_call(core, thread, tag, handle);
}

[[gnu::noinline]] static void measured_call(Thread& thread, std::uint64_t tag, Handle handle) {
  begin_stretch(this_core());
  full_call(thread, tag, handle);
  end_stretch(this_core());
}

// The running thread may have lost the core while the core was halted.
[[gnu::noinline]] static void go_on(Core& core) {
  const Holding hold(object_lock);
  schedule_if_asked(core);
}

// The entry code saved just what guest_run keeps: this is for making it again.
static void keep_guest_run(Thread& thread, std::uint64_t handle) {
  thread.frame.set_tag(static_cast<std::uint64_t>(abi::Call::guest_run));
  thread.frame.set_badge(handle);
}

// Of a guest space that does not know this core yet. Or of one that is named by a path of
// several steps.
[[gnu::noinline]] static Error change_guest(Core& core, Thread& thread, std::uint64_t handle) {
  keep_guest_run(thread, handle);
  thread.resume = arch::Resume::call;
  core.call_unfinished = true;
  const Holding hold(object_lock);
  core.call_unfinished = false;
  if (core.was_halted) [[unlikely]] return Error::would_block;
  const auto space = find_guest(thread, Handle{handle});
  if (!space) return space.error();
  return arch::guest_run(thread, **space);
}

static Error run_guest(Thread& thread, std::uint64_t handle) {
  const auto space = find_guest(thread, Handle{handle});
  if (!space) [[unlikely]] return space.error();
  return arch::guest_run(thread, **space);
}

[[gnu::noinline]] static Error run_guest_under_lock(Thread& thread, std::uint64_t handle) NO_LOCK_ANALYSIS {
  Core& core = this_core();
  if (!core.lock.try_acquire()) [[unlikely]] {
    keep_guest_run(thread, handle);
    thread.resume = arch::Resume::call;
    if (!spin_at_call(core)) return Error::would_block;
  }
  // Tables below its own are other threads', perhaps of other cores.
  const bool own = thread.table != nullptr && thread.table->is_own(Handle{handle});
  const Result<AddressSpace*> space = own ? find_guest(thread, Handle{handle}) : fail(Error::bad_path);
  const bool known = own && (!space || thread.may_enter(**space, core.number));
  Error error = Error::ok;
  if (known) error = space ? arch::guest_run(thread, **space) : space.error();
  core.lock.release();
  return known ? error : change_guest(core, thread, handle);
}

// True when the thread does not enter its guest: its call ended at once, or is made again.
extern "C" bool nucleus_guest_run(Thread& thread, std::uint64_t handle) {
  const Error error = several_cores ? run_guest_under_lock(thread, handle) : run_guest(thread, handle);
  if (error == Error::ok) [[likely]] return !thread.in_guest;
  if (error == Error::would_block) {
    go_on(this_core());
    return true;
  }
  if (error == Error::busy) {  // it is in its guest, but not its turn
    give_way();
    return true;
  }
  thread.resume = arch::Resume::call;
  thread.frame.set_result(error);
  return true;
}

// A fast path on one of several cores. True when the call was made, or is made again.
template <bool (*kTry)(Thread&, std::uint64_t, Handle)>
[[gnu::noinline]] static bool under_lock(Thread& thread, std::uint64_t tag, Handle handle) NO_LOCK_ANALYSIS {
  Core& core = this_core();
  if (!begin_fast_path(core)) [[unlikely]] {
    go_on(core);
    return true;
  }
  const bool made = kTry(thread, tag, handle);
  core.lock.release();
  return made;
}

static bool try_yield(Thread& thread, std::uint64_t, Handle) { return try_fast_yield(thread); }
static bool try_notify(Thread& thread, std::uint64_t, Handle handle) { return try_shared_notify(thread, handle); }
static bool try_wait(Thread& thread, std::uint64_t, Handle handle) { return try_shared_wait(thread, handle); }

[[gnu::noinline]] static void audited_call(Thread& thread, std::uint64_t tag, Handle handle) {
  // The ring that it writes to is shared by the cores.
  if (several_cores || !try_fast_audited_call(thread, tag, handle)) full_call(thread, tag, handle);
}

[[gnu::noinline]] static void call_on_several_cores(Thread& thread, std::uint64_t tag, Handle handle) {
  const auto call = static_cast<std::uint8_t>(tag);
  if (call == static_cast<std::uint8_t>(abi::Call::call)) {
    if (thread.audits(Event::use)) [[unlikely]] return audited_call(thread, tag, handle);
    if (under_lock<try_shared_call>(thread, tag, handle)) [[likely]] return;
  } else if (call == static_cast<std::uint8_t>(abi::Call::reply_wait)) {
    if (under_lock<try_shared_reply_wait>(thread, tag, handle)) [[likely]] return;
    if (under_lock<try_shared_answer_fault>(thread, tag, handle)) return;
  } else if (call == static_cast<std::uint8_t>(abi::Call::yield)) {
    if (under_lock<try_yield>(thread, tag, handle)) return;
  } else if (call == static_cast<std::uint8_t>(abi::Call::invoke) && !this_core().measuring) {
    if (under_lock<try_invoke_beside>(thread, tag, handle)) return;
  } else if (call == static_cast<std::uint8_t>(abi::Call::notify)) {
    if (under_lock<try_notify>(thread, tag, handle)) return;
  } else if (call == static_cast<std::uint8_t>(abi::Call::wait)) {
    if (under_lock<try_wait>(thread, tag, handle)) return;
  }
  if (this_core().measuring) [[unlikely]] return measured_call(thread, tag, handle);
  full_call(thread, tag, handle);
}

[[gnu::noinline]] static void slow_call(Thread& thread, std::uint64_t tag, Handle handle) {
  if (this_core().measuring) [[unlikely]] return measured_call(thread, tag, handle);
  full_call(thread, tag, handle);
}

// Each apart, so that none pays for another's registers.
[[gnu::noinline]] static void notify_call(Thread& thread, std::uint64_t tag, Handle handle) {
  if (!try_fast_notify(thread, handle)) slow_call(thread, tag, handle);
}
[[gnu::noinline]] static void answer_fault_call(Thread& thread, std::uint64_t tag, Handle handle) {
  if (!try_fast_answer_fault(thread, tag, handle)) slow_call(thread, tag, handle);
}
[[gnu::noinline]] static void wait_call(Thread& thread, std::uint64_t tag, Handle handle) {
  if (!try_fast_wait(thread, handle)) slow_call(thread, tag, handle);
}
[[gnu::noinline]] static void yield_call(Thread& thread, std::uint64_t tag, Handle handle) {
  if (!try_fast_yield(thread)) slow_call(thread, tag, handle);
}

// On one core; what full_call does, but for what no invoke needs.
[[gnu::noinline]] static void invoke_call(Thread& thread, std::uint64_t tag, Handle handle) NO_LOCK_ANALYSIS {
  Core& core = this_core();
  if (core.measuring) [[unlikely]] return measured_call(thread, tag, handle);
  thread.resume = arch::Resume::call;
  invoke(thread, tag, handle);
  if (core.reschedule || core.current() == nullptr) [[unlikely]] schedule();
}

// Of a number that no call has.
static void refuse_call(Thread& thread) {
  thread.resume = arch::Resume::call;
  thread.frame.set_result(Error::bad_call);
}

[[gnu::noinline]] static void other_call(Thread& thread, std::uint64_t tag, Handle handle) {
  const auto call = static_cast<std::uint8_t>(tag);
  if (call == static_cast<std::uint8_t>(abi::Call::invoke)) [[likely]] return invoke_call(thread, tag, handle);
  if (call == static_cast<std::uint8_t>(abi::Call::notify)) return notify_call(thread, tag, handle);
  if (call == static_cast<std::uint8_t>(abi::Call::wait)) return wait_call(thread, tag, handle);
  if (call == static_cast<std::uint8_t>(abi::Call::yield)) return yield_call(thread, tag, handle);
  if (call == static_cast<std::uint8_t>(abi::Call::reply_wait)) return answer_fault_call(thread, tag, handle);
  if (call > kLastCall) return refuse_call(thread);
  slow_call(thread, tag, handle);
}

extern "C" void nucleus_system_call(Thread& thread, std::uint64_t tag, std::uint64_t handle) {
  if (several_cores) [[unlikely]] return call_on_several_cores(thread, tag, Handle{handle});
  const auto call = static_cast<std::uint8_t>(tag);
  if (call == static_cast<std::uint8_t>(abi::Call::call)) {
    if (thread.audits(Event::use)) [[unlikely]] return audited_call(thread, tag, Handle{handle});
    if (try_fast_call(thread, tag, Handle{handle})) [[likely]] return;
  } else if (call == static_cast<std::uint8_t>(abi::Call::reply_wait)) {
    if (try_fast_reply_wait(thread, tag, Handle{handle})) [[likely]] return;
  }
  other_call(thread, tag, Handle{handle});
}

}  // namespace tessera::nucleus
