// SPDX-License-Identifier: Apache-2.0
// Ending waits: cancellation, time limits, suspension; and the donations that
// end with them.
#include <algorithm>

#include "kernel/object/derivation.hpp"
#include "kernel/object/endpoint.hpp"
#include "kernel/object/notification.hpp"
#include "kernel/object/timer.hpp"
#include "kernel/sched/fast_switch.hpp"
#include "kernel/sched/scheduler.hpp"
#include "kernel/sched/urgency.hpp"

namespace tessera::nucleus {

// The caller is gone or answered: servers that ran on its budget go back to their
// own, all along a chain of nested calls, and none keeps its priority.
static void end_donation(Thread* server, const Budget* donated) {
  std::uint8_t inherited = 0;
  while (server != nullptr) {
    reach(*server);
    if (server->active_budget == donated) set_active_budget(*server, server->budget);
    set_effective_priority(*server, std::max(server->priority, inherited));
    inherited = server->effective_priority;
    server = server->state == ThreadState::awaiting_reply ? server->waiting_on.reply->server : nullptr;
  }
}

static void unbind(Reply& reply, const Budget* donated) {
  Thread* server = reply.server;
  if (server == nullptr) return;
  reply.server = nullptr;
  server->bound_reply = nullptr;
  end_donation(server, donated);
}

void release_replies(Thread& server) {
  if (Reply* offered = server.reply_to_bind) {
    offered->server = nullptr;
    server.reply_to_bind = nullptr;
  }
  if (Reply* bound = server.bound_reply) {
    reach(*bound->caller);
    unbind(*bound, bound->caller->active_budget);
  }
}

void queue_sender(Thread& sender, Endpoint& endpoint, Slot& through) {
  static std::uint64_t last_ticket = 0;
  Slot& own = sender.sending_slot;
  own.type = through.type;
  own.rights = through.rights;
  own.size_bits = through.size_bits;
  own.object = through.object;
  own.badge = through.badge;
  own.extra = through.extra;
  own.limit_bits = through.limit_bits;
  link_child(&through, own);
  sender.state = ThreadState::sending;
  sender.waiting_on.endpoint = &endpoint;
  sender.ticket = ++last_ticket;
  endpoint.side = Endpoint::Side::senders;
  (sender.calling ? endpoint.queue : endpoint.sends).push_back(sender);
}

// Only calls take a thread out of an endpoint's queue, and they hold the lock.
static void leave_senders(Thread& sender, Endpoint& endpoint) NO_LOCK_ANALYSIS {
  if (endpoint.scan == &sender) endpoint.scan = endpoint.scan_behind(sender);
  (sender.calling ? endpoint.queue : endpoint.sends).remove(sender);
  unlink(sender.sending_slot);
  reset_slot(sender.sending_slot);
}

void leave_queue(Thread& thread) {
  reach(thread);
  switch (thread.state) {
    case ThreadState::sending:
    case ThreadState::receiving: {
      Endpoint& endpoint = *thread.waiting_on.endpoint;
      reach(endpoint);
      if (thread.state == ThreadState::sending) {
        leave_senders(thread, endpoint);
      } else {
        endpoint.queue.remove(thread);
      }
      if (endpoint.queue.empty() && endpoint.sends.empty()) endpoint.side = Endpoint::Side::none;
      break;
    }
    case ThreadState::awaiting_reply: {
      Reply& reply = *thread.waiting_on.reply;
      reach(reply);
      unbind(reply, thread.active_budget);
      reply.caller = nullptr;
      break;
    }
    case ThreadState::waiting:
      reach(*thread.waiting_on.notification);
      thread.waiting_on.notification->waiters.remove(thread);
      break;
    case ThreadState::stopped:
    case ThreadState::paused:
    case ThreadState::ready:
    case ThreadState::throttled: return;
  }
  thread.state = ThreadState::stopped;
}

void end_wait(Thread& thread, Error error) {
  reach(thread);
  const bool received = thread.state == ThreadState::receiving;
  leave_queue(thread);
  if (received) release_replies(thread);
  if (thread.unusual.faulted) {
    thread.unusual.faulted = false;  // its registers are those of the fault
  } else {
    thread.frame.set_result(error);
  }
}

void stop(Thread& thread) {
  reach(thread);
  stop_wait_timer(thread);
  switch (thread.state) {
    case ThreadState::stopped:
    case ThreadState::paused: break;
    case ThreadState::ready:
    case ThreadState::throttled: make_unready(thread); break;
    case ThreadState::sending:
    case ThreadState::receiving:
    case ThreadState::awaiting_reply:
    case ThreadState::waiting: end_wait(thread, Error::cancelled); break;
  }
  thread.state = ThreadState::stopped;
}

void forget_reply(Reply& reply) {
  if (Thread* server = reply.server) {
    reach(*server);
    if (server->reply_to_bind == &reply) server->reply_to_bind = nullptr;
    if (server->bound_reply == &reply) server->bound_reply = nullptr;
  }
  reply.server = nullptr;
}

void raise(Notification& notification, std::uint64_t bits) {
  reach(notification);
  Thread* waiter = notification.waiters.front();
  if (waiter == nullptr) {
    notification.bits |= bits;
    return;
  }
  // What end_wait() does for one that waits here.
  reach(*waiter);
  notification.waiters.pop_front();
  waiter->frame.set_result(Error::ok);
  waiter->frame.set_word(0, bits);
  Core& core = this_core();
  if (waiter->core == core.number && can_wake_fast(core, *waiter)) [[likely]] return wake_fast(core, *waiter);
  make_ready(*waiter);
}

void raise_target(const Slot& target) {
  if (target.type != ObjectType::notification) return;
  raise(*target.as<Notification>(), target.badge == 0 ? 1 : target.badge);
}

}  // namespace tessera::nucleus
