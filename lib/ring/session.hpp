// SPDX-License-Identifier: Apache-2.0
// Which instance of a channel's end talks to which: how both notice that the other was restarted,
// and begin anew with empty queues.
//
// Each end has three words, on the line of the queue that it produces for: its incarnation, odd while
// it sets up its indices and even when they stand, larger with each restart; the peer's
// incarnation that it agreed to; and the hash of the protocol that it speaks. An end that attaches
// sets up its indices and its hash and shows a new incarnation. The other sees that it is not the one
// it agreed to. With another hash than the own it does not agree: neither end talks to the other until
// one of them is another instance. Else it sets up its own indices and agrees. A session is open for an end when the peer it agreed to agreed to it: both have set up
// their indices before, and no entry of an older session can be in a queue.
//
// An index that makes no sense may be that of a peer which is starting again: its odd incarnation
// was shown before, so whoever meets such an index asks changed() before saying bad_peer.
#pragma once

#include <cstdint>

#include "lib/ring/queue.hpp"

namespace tessera::ring {

class Session {
 public:
  enum class State : std::uint8_t {
    waiting,   // there is no peer, or it did not agree yet
    new_peer,  // an instance that was not agreed to: accept() it
    wrong_protocol,  // an instance that speaks another one
    open,
  };

  // A new instance of the end that produces for `own`, and consumes what is produced for `peer`.
  // `protocol`: hash of what both must agree on.
  Session(QueueHeader& own, QueueHeader& peer, std::uint64_t protocol);

  // Reads one or two words of the peer.
  [[nodiscard]] State look();
  // After new_peer: nothing of the session before counts any more.
  void accept();
  // The peer is not the one that was agreed to.
  [[nodiscard]] bool changed() const;

  // Of the session: another number than that of any other session of these two ends (of 2^31).
  [[nodiscard]] std::uint32_t epoch() const { return (incarnation_ >> 1) + (agreed_ >> 1); }

 private:
  void reset_indices() const;

  QueueHeader* own_;
  QueueHeader* peer_;
  std::uint64_t protocol_;
  std::uint32_t incarnation_;
  std::uint32_t offered_ = 0;  // the peer's that look() saw
  std::uint32_t agreed_ = 0;
  bool open_ = false;
};

}  // namespace tessera::ring
