// SPDX-License-Identifier: Apache-2.0
// The other end of a channel, as one end's tasks see it.
#pragma once

#include <cstdint>

namespace tessera::service {

enum class PeerState : std::uint8_t {
  none,            // nobody, or one that is starting
  open,
  wrong_protocol,  // it speaks another one; until it is another instance
  bad,             // it breaks the rules, and is not listened to until it is another instance
};

class Peer {
 public:
  // The doorbell.
  virtual void ring() = 0;
  // It is in another state than before.
  virtual void changed(PeerState state) = 0;

 protected:
  ~Peer() = default;
};

// Tells a peer of changes only.
class PeerWatch {
 public:
  explicit PeerWatch(Peer& peer) : peer_(peer) {}
  void note(PeerState state) {
    if (state == state_) return;
    state_ = state;
    peer_.changed(state);
  }
  void ring(bool asked) const {
    if (asked) peer_.ring();
  }
  [[nodiscard]] PeerState state() const { return state_; }

 private:
  Peer& peer_;
  PeerState state_ = PeerState::none;
};

}  // namespace tessera::service
