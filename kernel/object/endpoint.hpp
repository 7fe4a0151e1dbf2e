// SPDX-License-Identifier: Apache-2.0
// Endpoint: threads that want to send, or threads that wait to receive. Calls and
// sends are queued apart, because a receiver without a Reply can take sends only;
// tickets tell which came first.
// Reply: the one caller that a server has yet to answer.
#pragma once

#include <cstdint>

#include "kernel/object/header.hpp"
#include "kernel/object/thread.hpp"
#include "kernel/sched/cores.hpp"
#include "kernel/support/lock.hpp"
#include "kernel/support/relaxed.hpp"

namespace tessera::nucleus {

struct Endpoint {
  enum class Side : std::uint8_t { none, senders, receivers };
  ObjectHeader header;
  Side side = Side::none;  // who is queued; none when nobody is
  // Whose fast paths may use it, and whose lock guards the rest: that of the first who waited.
  Relaxed<std::uint16_t> core = std::uint16_t{0};
  WaitList queue;  // receivers, or calls
  WaitList sends;
  Thread* scan = nullptr;        // cancel goes on here, for this badge
  std::uint64_t scan_badge = 0;
  std::uint64_t scans = 0;       // begun so far

  // The sender that has waited longest, of those that the receiver can take.
  [[nodiscard]] Thread* first_sender(bool can_reply) const {
    Thread* call = can_reply ? queue.front() : nullptr;
    Thread* sender = sends.front();
    if (call == nullptr || (sender != nullptr && sender->ticket < call->ticket)) return sender;
    return call;
  }
  // The order in which cancel looks at senders: calls, then sends.
  [[nodiscard]] Thread* scan_start() const { return queue.front() != nullptr ? queue.front() : sends.front(); }
  [[nodiscard]] Thread* scan_behind(const Thread& sender) const {
    Thread* next = WaitList::next(sender);
    return next == nullptr && sender.calling ? sends.front() : next;
  }
};

// Queues a thread that was not met, with the capability that it sends through: if
// that is revoked, the wait ends.
void queue_sender(Thread& sender, Endpoint& endpoint, Slot& through) REQUIRES(object_lock);

// Invariants: `server` is set just while the server's reply_to_bind or bound_reply
// is this Reply; `caller` while the caller's waiting_on.reply is. A Reply whose
// caller is not its server's newest has no server: donation ended with the newer one.
struct Reply {
  ObjectHeader header;
  Thread* caller = nullptr;  // waits in state awaiting_reply
  Thread* server = nullptr;  // will bind or has bound its caller to this
};

// Before anything but its core is looked at. The core does not change while object_lock is held.
inline void reach(const Endpoint& endpoint) {
  if (several_cores) [[unlikely]] reach_core(endpoint.core);
}
// Only the fast paths of its server's core change a Reply, and never whose it is.
inline void reach(const Reply& reply) {
  if (several_cores && reply.server != nullptr) [[unlikely]] reach_core(reply.server->core);
}

// The object is going away: no thread may name it any more.
void forget_reply(Reply& reply);

// The thread neither offers a Reply to the next caller nor runs for its newest one.
void release_replies(Thread& server);

}  // namespace tessera::nucleus
