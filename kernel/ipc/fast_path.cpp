// SPDX-License-Identifier: Apache-2.0
// call and reply_wait when nothing unusual is asked for: the receiver waits, the
// message fits in registers, no capability goes along, and the thread switched to
// is at least as urgent as the one that stops, so that no queue needs a look.
// Every check comes before the first change: a failed one leaves everything to
// the full path in calls.cpp. Touches threads of this core only; takes no lock.
// Then the same for a fault and its answer. At the end: notify, and wait for a notification,
// between threads of this core; and what an interrupt does for who waits for it.
#include <bit>

#include "kernel/ipc/calls.hpp"
#include "kernel/ipc/message.hpp"
#include "kernel/namespace/namespace.hpp"
#include "kernel/object/cap_table.hpp"
#include "kernel/object/endpoint.hpp"
#include "kernel/object/notification.hpp"
#include "kernel/sched/fast_switch.hpp"
#include "kernel/sched/scheduler.hpp"

namespace tessera::nucleus {

[[gnu::always_inline]] static inline Slot* fast_find(const Thread& thread, Handle handle, ObjectType type, std::uint8_t right) {
  CapTable* table = thread.table;
  const std::uint32_t index = handle.path();
  if (!table->holds(index)) [[unlikely]] return nullptr;
  Slot* slot = table->raw(index);
  if (slot->generation != handle.generation() || slot->type != type || (slot->rights & right) == 0) [[unlikely]] return nullptr;
  return slot;
}

[[gnu::always_inline]] static inline void switch_as_it_is(Thread& next) {
  next.state = ThreadState::ready;
  this_core().set_current(&next);
  arch::activate(next);
}

[[gnu::always_inline]] static inline void switch_to(Thread& next, std::uint64_t tag, std::uint64_t badge) {
  next.frame.set_tag(tag & ~std::uint64_t{0xff});
  next.frame.set_badge(badge);
  switch_as_it_is(next);
}

// The first of those who wait at an endpoint, with the Reply that it waits with, becomes the
// caller's server, on the caller's time.
[[gnu::always_inline]] static inline void begin_service(Thread& caller, Endpoint& endpoint, Thread& receiver, Reply& reply) {
  endpoint.queue.pop_front();
  if (endpoint.queue.empty()) endpoint.side = Endpoint::Side::none;
  reply.caller = &caller;
  receiver.bound_reply = &reply;
  receiver.reply_to_bind = nullptr;
  receiver.active_budget = caller.active_budget;
  caller.state = ThreadState::awaiting_reply;
  caller.calling = true;
  caller.waiting_on.reply = &reply;
}

// `shared`: other cores may use the endpoint and its threads. `audited`: the caller's
// namespace wants each use recorded.
template <bool shared, bool audited>
[[gnu::always_inline]] static inline bool fast_call(Thread& caller, std::uint64_t tag, Handle handle) {
  if (!Tag{tag}.fits_registers()) [[unlikely]] return false;
  const Slot* slot = fast_find(caller, handle, ObjectType::endpoint, abi::kRightWrite);
  if (slot == nullptr) [[unlikely]] return false;
  auto& endpoint = *slot->as<Endpoint>();
  // First: fast paths of its own core may be changing all else of an endpoint.
  if (shared && endpoint.core != caller.core) [[unlikely]] return false;
  if (endpoint.side != Endpoint::Side::receivers) [[unlikely]] return false;
  Thread& receiver = *endpoint.queue.front();
  // Another core's threads may wait here, too: that core's lock guards them.
  if (shared && receiver.core != caller.core) [[unlikely]] return false;
  Reply* reply = receiver.reply_to_bind;
  if (reply == nullptr || receiver.effective_priority < caller.effective_priority) [[unlikely]] return false;
  // Decided: from here on nothing fails.
  begin_service(caller, endpoint, receiver, *reply);
  caller.resume = arch::Resume::call;
  copy_register_words(caller.frame, receiver.frame, Tag{tag}.words());
  if constexpr (audited) {
    Namespace& space = *caller.member_of;
    space.trail.write_use(space.serial, &caller, *slot, static_cast<std::uint64_t>(abi::Call::call));
  }
  switch_to(receiver, tag, slot->badge);
  return true;
}

bool try_fast_call(Thread& caller, std::uint64_t tag, Handle handle) { return fast_call<false, false>(caller, tag, handle); }
bool try_shared_call(Thread& caller, std::uint64_t tag, Handle handle) { return fast_call<true, false>(caller, tag, handle); }

// Apart, so that calls that are not recorded do not pay for its registers.
bool try_fast_audited_call(Thread& caller, std::uint64_t tag, Handle handle) {
  return fast_call<false, true>(caller, tag, handle);
}

CALLED_RARELY static bool another_goes_before(const Thread& caller) {
  return this_core().ready.highest() > caller.effective_priority;
}

[[gnu::always_inline]] static inline bool may_turn_back(const Thread& server, const Thread& caller, const Endpoint& endpoint) {
  if (endpoint.side == Endpoint::Side::senders) [[unlikely]] return false;
  // With a limited budget of its own the server's time must be told apart.
  if (server.active_budget != caller.active_budget || server.effective_priority != server.priority) [[unlikely]] return false;
  return caller.effective_priority >= server.effective_priority || !another_goes_before(caller);
}

// The server waits at the endpoint again, with the Reply that it has answered with.
[[gnu::always_inline]] static inline void end_service(Thread& server, Endpoint& endpoint, Reply& reply) {
  endpoint.side = Endpoint::Side::receivers;
  endpoint.queue.push_back(server);
  server.state = ThreadState::receiving;
  server.resume = arch::Resume::call;
  server.waiting_on.endpoint = &endpoint;
  server.reply_to_bind = &reply;
  server.bound_reply = nullptr;
  server.active_budget = server.budget;
  reply.caller = nullptr;
}

// What a server answers with, whom, and where it waits then.
struct Service {
  Reply* reply = nullptr;  // null: nothing that the fast path knows
  Thread* caller = nullptr;
  Endpoint* endpoint = nullptr;
};

template <bool shared>
[[gnu::always_inline]] static inline Service find_service(Thread& server, Handle handle) {
  const Slot* reply_slot = fast_find(server, Handle{server.frame.reply_handle()}, ObjectType::reply, abi::kRightWrite);
  if (reply_slot == nullptr) [[unlikely]] return {};
  auto& reply = *reply_slot->as<Reply>();
  // First: fast paths of another server's core may be changing what is in its Reply.
  if (server.bound_reply != &reply) [[unlikely]] return {};  // answers another than its newest caller
  Thread* caller = reply.caller;
  const Slot* slot = fast_find(server, handle, ObjectType::endpoint, abi::kRightRead);
  if (caller == nullptr || slot == nullptr) [[unlikely]] return {};
  auto& endpoint = *slot->as<Endpoint>();
  if (shared && (endpoint.core != server.core || caller->core != server.core)) [[unlikely]] return {};
  return {&reply, caller, &endpoint};
}

template <bool shared>
[[gnu::always_inline]] static inline bool fast_reply_wait(Thread& server, std::uint64_t tag, Handle handle) {
  if (!Tag{tag}.fits_registers()) [[unlikely]] return false;
  const Service service = find_service<shared>(server, handle);
  if (service.reply == nullptr) [[unlikely]] return false;
  Thread& caller = *service.caller;
  if (std::bit_cast<std::uint16_t>(caller.unusual) != 0) [[unlikely]] return false;
  if (!may_turn_back(server, caller, *service.endpoint)) [[unlikely]] return false;
  // Decided.
  end_service(server, *service.endpoint, *service.reply);
  copy_register_words(server.frame, caller.frame, Tag{tag}.words());
  switch_to(caller, tag, 0);
  return true;
}

// The answer to a fault, after which the thread goes on with the registers that it had.
template <bool shared>
[[gnu::always_inline]] static inline bool fast_answer_fault(Thread& server, std::uint64_t tag, Handle handle) {
  if (!Tag{tag}.fits_registers()) return false;
  const Service service = find_service<shared>(server, handle);
  if (service.reply == nullptr || Tag{tag}.label() != 0) return false;
  Thread& faulted = *service.caller;
  if (!faulted.unusual.faulted || faulted.unusual.frozen || faulted.timed_out()) return false;
  if (!may_turn_back(server, faulted, *service.endpoint)) return false;
  // Decided.
  end_service(server, *service.endpoint, *service.reply);
  faulted.unusual.faulted = false;
  switch_as_it_is(faulted);
  return true;
}

bool try_fast_reply_wait(Thread& server, std::uint64_t tag, Handle handle) { return fast_reply_wait<false>(server, tag, handle); }
bool try_shared_reply_wait(Thread& server, std::uint64_t tag, Handle handle) { return fast_reply_wait<true>(server, tag, handle); }
// Apart, for the same reason as above.
bool try_fast_answer_fault(Thread& server, std::uint64_t tag, Handle handle) { return fast_answer_fault<false>(server, tag, handle); }
bool try_shared_answer_fault(Thread& server, std::uint64_t tag, Handle handle) { return fast_answer_fault<true>(server, tag, handle); }

bool try_fast_fault(Thread& thread, const FaultWords& words) {
  const Slot& slot = thread.fault_slot;
  if (slot.type != ObjectType::endpoint) return false;
  auto& endpoint = *slot.as<Endpoint>();
  reach(endpoint);
  if (endpoint.side != Endpoint::Side::receivers) return false;
  Thread& receiver = *endpoint.queue.front();
  if (receiver.core != thread.core) return false;
  Reply* reply = receiver.reply_to_bind;
  if (reply == nullptr || receiver.effective_priority < thread.effective_priority) return false;
  // Decided.
  begin_service(thread, endpoint, receiver, *reply);
  thread.unusual.faulted = true;
  thread.fault_words = words;
  set_fault_words(receiver.frame, words);
  switch_to(receiver, kFaultTag, slot.badge);
  return true;
}

// notify: without a waiter, or with one of this core, which runs at once if it is more
// urgent. Not inlined: call and reply_wait must not pay for its registers.
template <bool shared>
[[gnu::always_inline]] static inline bool fast_notify(Thread& thread, Handle handle) {
  const Slot* slot = fast_find(thread, handle, ObjectType::notification, abi::kRightWrite);
  if (slot == nullptr || thread.audits(Event::use)) [[unlikely]] return false;
  auto& notification = *slot->as<Notification>();
  if (shared && notification.core != thread.core) [[unlikely]] return false;
  const std::uint64_t bits = slot->badge == 0 ? 1 : slot->badge;
  Thread* waiter = notification.waiters.front();
  if (waiter == nullptr) {
    notification.bits |= bits;
    thread.resume = arch::Resume::call;
    thread.frame.set_result(Error::ok);
    return true;
  }
  Core& core = this_core();
  if (shared && waiter->core != thread.core) [[unlikely]] return false;
  if (!can_wake_fast(core, *waiter)) [[unlikely]] return false;
  if (thread.asked.paced) [[unlikely]] thread.settle_urgency();
  const bool urgent = waiter->effective_priority > thread.effective_priority;
  if (urgent && !can_switch_fast(core, thread)) [[unlikely]] return false;
  // Decided.
  notification.waiters.pop_front();
  waiter->frame.set_result(Error::ok);
  waiter->frame.set_word(0, bits);
  thread.resume = arch::Resume::call;
  thread.frame.set_result(Error::ok);
  if (urgent) {
    preempt_fast(core, thread, *waiter);
  } else {
    wake_fast(core, *waiter);
  }
  return true;
}

[[gnu::noinline]] bool try_fast_notify(Thread& thread, Handle handle) { return fast_notify<false>(thread, handle); }
[[gnu::noinline]] bool try_shared_notify(Thread& thread, Handle handle) { return fast_notify<true>(thread, handle); }

// wait on a Notification when another thread is ready; with a time limit that the timer of an
// earlier wait is good for.
template <bool shared>
[[gnu::always_inline]] static inline bool fast_wait(Thread& thread, Handle handle) {
  const Slot* slot = fast_find(thread, handle, ObjectType::notification, abi::kRightRead);
  if (slot == nullptr) [[unlikely]] return false;
  auto& notification = *slot->as<Notification>();
  if (shared && notification.core != thread.core) [[unlikely]] return false;
  if (notification.bits != 0) {
    thread.resume = arch::Resume::call;
    thread.frame.set_result(Error::ok);
    thread.frame.set_word(0, notification.bits);
    notification.bits = 0;
    return true;
  }
  Core& core = this_core();
  if (!can_switch_fast(core, thread)) [[unlikely]] return false;
  const std::uint64_t deadline = thread.frame.word(1);
  thread.wait_until = kNever;
  if (deadline != 0 && !keeps_wait_timer(core, thread, deadline)) [[unlikely]] return false;
  if (!leave_fast(core, thread)) [[unlikely]] return false;
  thread.state = ThreadState::waiting;
  thread.waiting_on.notification = &notification;
  notification.waiters.push_back(thread);
  return true;
}

[[gnu::noinline]] bool try_fast_wait(Thread& thread, Handle handle) { return fast_wait<false>(thread, handle); }
[[gnu::noinline]] bool try_shared_wait(Thread& thread, Handle handle) { return fast_wait<true>(thread, handle); }

bool try_raise_and_switch(const Slot& target) {
  if (target.type != ObjectType::notification) [[unlikely]] return false;
  auto& notification = *target.as<Notification>();
  Core& core = this_core();
  reach(notification);
  Thread* waiter = notification.waiters.front();
  Thread* running = core.current();
  if (waiter == nullptr || running == nullptr || waiter->core != core.number) [[unlikely]] return false;
  // A guest that was asked for something is asked first; who is paced, tells of contention.
  if (std::bit_cast<std::uint16_t>(running->asked) != 0 || !can_wake_fast(core, *waiter)) [[unlikely]] return false;
  if (waiter->effective_priority <= running->effective_priority || !charge_within_turn(core, *running)) [[unlikely]] return false;
  // Decided.
  notification.waiters.pop_front();
  waiter->frame.set_result(Error::ok);
  waiter->frame.set_word(0, target.badge == 0 ? 1 : target.badge);
  preempt_charged(core, *running, *waiter);
  return true;
}

}  // namespace tessera::nucleus
