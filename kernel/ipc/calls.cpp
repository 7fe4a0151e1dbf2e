// SPDX-License-Identifier: Apache-2.0
#include "kernel/ipc/calls.hpp"

#include <algorithm>

#include "kernel/ipc/invocation.hpp"
#include "kernel/ipc/message.hpp"
#include "kernel/namespace/namespace.hpp"
#include "kernel/object/cap_table.hpp"
#include "kernel/object/endpoint.hpp"
#include "kernel/object/notification.hpp"
#include "kernel/sched/scheduler.hpp"
#include "kernel/sched/urgency.hpp"
#include "kernel/support/log.hpp"

namespace tessera::nucleus {

static Error refuse(const Thread& thread, const Slot& slot) {
  audit(thread.member_of, {.event = Event::denied, .actor = &thread, .capability = &slot, .error = Error::no_right});
  return Error::no_right;
}

static Result<Slot*> find(const Thread& thread, Handle handle, ObjectType type, std::uint8_t rights) {
  if (thread.table == nullptr) return fail(Error::not_configured);
  Slot* slot = TRY(thread.table->lookup(handle));
  if (slot->type != type) return fail(Error::wrong_type);
  if (!slot->has(rights)) return fail(refuse(thread, *slot));
  return slot;
}

// The running thread stops running to wait on a queue.
static void block_current(Thread& thread, ThreadState state) {
  make_unready(thread);
  thread.state = state;
  thread.resume = arch::Resume::call;
}

// What the capability that a message is sent through says of it.
struct Sent {
  std::uint64_t badge = 0;
  bool grant = false;
  Gate gate{};
  [[nodiscard]] static Sent through(const Slot& slot) { return {slot.badge, slot.has(abi::kRightGrant), Gate::of(slot)}; }
};

// Hands a sender's message to a receiver that has just been taken off the queue.
static void meet(Thread& sender, Thread& receiver, const Sent& sent) REQUIRES(object_lock) {
  transfer(sender, receiver, sent.badge, sent.grant, sent.gate);
  if (!sender.calling) return release_replies(receiver);
  Reply& reply = *receiver.reply_to_bind;
  reply.caller = &sender;
  reply.server = &receiver;
  receiver.bound_reply = &reply;
  receiver.reply_to_bind = nullptr;
  sender.state = ThreadState::awaiting_reply;
  sender.waiting_on.reply = &reply;
  // A queued caller may have lost its budget meanwhile: its server must not stop for that.
  if (sender.active_budget != nullptr && !sender.timed_out()) set_active_budget(receiver, sender.active_budget);
  set_effective_priority(receiver, std::max(receiver.effective_priority, sender.effective_priority));
}

// `sender` is not on any queue. True when a receiver took the message.
static bool send_now(Thread& sender, Endpoint& endpoint, const Sent& sent) REQUIRES(object_lock) {
  Thread& receiver = *endpoint.queue.front();
  leave_queue(receiver);
  meet(sender, receiver, sent);
  // Who is called runs at once, as on the fast path.
  if (sender.calling) {
    make_ready_first(receiver);
  } else {
    make_ready(receiver);
  }
  return true;
}

Error send(Thread& sender, Handle handle, bool wants_reply) {
  const auto slot = find(sender, handle, ObjectType::endpoint, abi::kRightWrite);
  if (!slot) return slot.error();
  if (const Error error = check_message(sender); error != Error::ok) return error;
  if (sender.audits(Event::use)) [[unlikely]] {
    audit_result(sender, **slot, static_cast<std::uint64_t>(wants_reply ? abi::Call::call : abi::Call::send), Error::ok);
  }
  auto& endpoint = *(*slot)->as<Endpoint>();
  reach(endpoint);
  sender.calling = wants_reply;
  sender.resume = arch::Resume::call;
  if (endpoint.side == Endpoint::Side::receivers) {
    reach(*endpoint.queue.front());
    if (wants_reply && endpoint.queue.front()->reply_to_bind == nullptr) return Error::not_configured;
    if (wants_reply) make_unready(sender);
    send_now(sender, endpoint, Sent::through(**slot));
    if (!wants_reply) sender.frame.set_result(Error::ok);
    return Error::ok;
  }
  make_unready(sender);
  queue_sender(sender, endpoint, **slot);
  return Error::ok;
}

Error reply(Thread& server, Handle reply_handle, bool server_waits) {
  const auto slot = find(server, reply_handle, ObjectType::reply, abi::kRightWrite);
  if (!slot) return slot.error();
  auto& reply = *(*slot)->as<Reply>();
  reach(reply);
  Thread* caller = reply.caller;
  if (caller == nullptr) return Error::would_block;
  reach(*caller);
  if (const Error error = check_message(server); error != Error::ok) return error;
  const bool goes_on = !caller->unusual.faulted || Tag{server.frame.tag()}.label() == 0;
  const bool fault = caller->unusual.faulted;
  end_wait(*caller, Error::ok);  // also gives the server its own budget back
  if (!fault) transfer(server, *caller, 0, true, {});
  if (!goes_on) return Error::ok;
  if (server_waits) {
    make_ready_first(*caller);
  } else {
    make_ready(*caller);
  }
  return Error::ok;
}

static Error wait_notification(Thread& thread, Notification& notification, std::uint64_t deadline_ns) {
  reach(notification);
  if (notification.bits != 0) {
    thread.frame.set_result(Error::ok);
    thread.frame.set_word(0, notification.bits);
    notification.bits = 0;
    return Error::ok;
  }
  block_current(thread, ThreadState::waiting);
  thread.waiting_on.notification = &notification;
  if (notification.waiters.empty()) notification.core = thread.core;
  notification.waiters.push_back(thread);
  thread.wait_until = kNever;
  if (deadline_ns != 0) start_wait_timer(thread, deadline_ns);
  return Error::ok;
}

Error wait(Thread& thread, Handle handle, Handle reply_handle) {
  if (thread.table == nullptr) return Error::not_configured;
  const auto slot = thread.table->lookup(handle);
  if (!slot) return slot.error();
  if (!(*slot)->has(abi::kRightRead)) return refuse(thread, **slot);
  if ((*slot)->type == ObjectType::notification) {
    return wait_notification(thread, *(*slot)->as<Notification>(), thread.frame.word(1));
  }
  if ((*slot)->type != ObjectType::endpoint) return Error::wrong_type;
  Reply* bind = nullptr;
  if (reply_handle.value != 0) {
    const auto reply_slot = find(thread, reply_handle, ObjectType::reply, abi::kRightWrite);
    if (!reply_slot) return reply_slot.error();
    bind = (*reply_slot)->as<Reply>();
    reach(*bind);
    // It holds a caller, or another thread waits with it.
    if (bind->caller != nullptr || bind->server != nullptr) return Error::busy;
  }
  auto& endpoint = *(*slot)->as<Endpoint>();
  reach(endpoint);
  // A queued call that this thread could not answer stays queued for another.
  Thread* sender = endpoint.side == Endpoint::Side::senders ? endpoint.first_sender(bind != nullptr) : nullptr;
  if (sender == nullptr && endpoint.side == Endpoint::Side::senders) return Error::not_configured;
  // A server that turns to its next caller works on its own time until there is one.
  release_replies(thread);
  thread.reply_to_bind = bind;
  if (bind != nullptr) bind->server = &thread;
  thread.resume = arch::Resume::call;
  if (sender != nullptr) {
    reach(*sender);
    const bool was_calling = sender->calling;
    const Sent sent = Sent::through(sender->sending_slot);
    leave_queue(*sender);
    meet(*sender, thread, sent);
    if (!was_calling) {
      sender->frame.set_result(Error::ok);
      make_ready(*sender);
    }
    return Error::ok;
  }
  block_current(thread, ThreadState::receiving);
  thread.waiting_on.endpoint = &endpoint;
  if (endpoint.side == Endpoint::Side::none) endpoint.core = thread.core;
  endpoint.side = Endpoint::Side::receivers;
  endpoint.queue.push_back(thread);
  return Error::ok;
}

Error notify(Thread& thread, Handle handle) {
  const auto slot = find(thread, handle, ObjectType::notification, abi::kRightWrite);
  if (!slot) return slot.error();
  if (thread.audits(Event::use)) [[unlikely]] audit_result(thread, **slot, static_cast<std::uint64_t>(abi::Call::notify), Error::ok);
  raise(*(*slot)->as<Notification>(), (*slot)->badge == 0 ? 1 : (*slot)->badge);
  thread.frame.set_result(Error::ok);
  return Error::ok;
}

// Sends a thread's fault to who handles it, by the full path. False when nobody there can answer: then
// the thread is just stopped.
static bool send_fault(Thread& thread, Slot& slot, const FaultWords& words) REQUIRES(object_lock) {
  make_unready(thread);
  thread.state = ThreadState::stopped;
  if (slot.type != ObjectType::endpoint) return false;
  auto& endpoint = *slot.as<Endpoint>();
  reach(endpoint);
  const bool meets = endpoint.side == Endpoint::Side::receivers;
  if (meets) reach(*endpoint.queue.front());
  if (meets && endpoint.queue.front()->reply_to_bind == nullptr) return false;
  thread.fault_words = words;
  thread.unusual.faulted = true;
  thread.calling = true;
  if (meets) {
    send_now(thread, endpoint, {.badge = slot.badge});
  } else {
    queue_sender(thread, endpoint, slot);
  }
  return true;
}

void deliver_fault(Thread& thread, std::uint64_t vector, std::uint64_t code, std::uint64_t address) {
  const FaultWords words{vector, code, address, thread.frame.pc(), thread.frame.sp()};
  if (try_fast_fault(thread, words)) return;
  const bool handled = !thread.fault_slot.empty();
  (void)send_fault(thread, thread.fault_slot, words);
  if (handled) return;
  log("thread stopped by exception ", vector, " code ", Hex{code}, " address ", Hex{address}, " at ", Hex{thread.frame.pc()});
}

void deliver_timeout(Thread& thread) {
  const std::uint64_t now = arch::now_ticks(), next = thread.active_budget->replenishments.next();
  const std::uint64_t again = arch::now_ns() + arch::ticks_to_ns(next > now ? next - now : 0);
  const Holding hold(object_lock);
  if (!send_fault(thread, thread.timeout_slot, {abi::kFaultTimeout, again, 0, thread.frame.pc(), thread.frame.sp()})) make_ready(thread);
}

}  // namespace tessera::nucleus
