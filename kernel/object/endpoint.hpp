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

struct Reply {
  ObjectHeader header;
  Thread* caller = nullptr;  // waits in state awaiting_reply
  Thread* server = nullptr;  // will bind or has bound its caller to this
};

// The object is going away: no thread may name it any more.
void forget_reply(Reply& reply);

}  // namespace tessera::nucleus
