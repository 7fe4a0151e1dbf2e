// SPDX-License-Identifier: Apache-2.0
// Endpoint: threads that want to send, or threads that wait to receive.
// Reply: the one caller that a server has yet to answer.
#pragma once

#include <cstdint>

#include "kernel/object/header.hpp"
#include "kernel/object/thread.hpp"

namespace tessera::nucleus {

struct Endpoint {
  enum class Side : std::uint8_t { none, senders, receivers };
  ObjectHeader header;
  Side side = Side::none;  // who is queued; none when nobody is
  WaitList queue;
};

// Invariants: `server` is set just while the server's reply_to_bind or bound_reply
// is this Reply; `caller` while the caller's waiting_on.reply is. A Reply whose
// caller is not its server's newest has no server: donation ended with the newer one.
struct Reply {
  ObjectHeader header;
  Thread* caller = nullptr;  // waits in state awaiting_reply
  Thread* server = nullptr;  // will bind or has bound its caller to this
};

// The object is going away: no thread may name it any more.
void forget_reply(Reply& reply);

// The thread neither offers a Reply to the next caller nor runs for its newest one.
void release_replies(Thread& server);

}  // namespace tessera::nucleus
