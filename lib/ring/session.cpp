// SPDX-License-Identifier: Apache-2.0
#include "lib/ring/session.hpp"

namespace tessera::ring {

// The odd incarnation comes before the indices (each is a release store), so who sees one of these
// sees that it is not the instance that it knew; the even one comes behind them.
Session::Session(QueueHeader& own, QueueHeader& peer, std::uint64_t protocol) : own_(&own), peer_(&peer), protocol_(protocol) {
  std::uint32_t setting_up = own_->incarnation.load(std::memory_order_relaxed) | 1;
  // The words may be what anybody left there. Not 0, nor what the peer takes for the one it knows.
  const std::uint32_t known = peer_->agreed.load(std::memory_order_relaxed);
  while (setting_up + 1 == 0 || setting_up + 1 == known) setting_up += 2;
  incarnation_ = setting_up + 1;
  own_->incarnation.store(setting_up, std::memory_order_relaxed);
  own_->agreed.store(0, std::memory_order_release);
  reset_indices();
  own_->protocol.store(protocol_, std::memory_order_relaxed);
  own_->incarnation.store(incarnation_, std::memory_order_release);
}

void Session::reset_indices() const {
  own_->tail.sleeping.store(0, std::memory_order_relaxed);
  peer_->head.sleeping.store(0, std::memory_order_relaxed);
  own_->tail.value.store(0, std::memory_order_release);
  peer_->head.value.store(0, std::memory_order_release);
}

Session::State Session::look() {
  const std::uint32_t peer = peer_->incarnation.load(std::memory_order_acquire);
  if (peer != agreed_) {
    open_ = false;
    offered_ = peer;
    if (peer == 0 || (peer & 1) != 0) return State::waiting;
    // That instance's, or a later one's, whose incarnation is another one then.
    return peer_->protocol.load(std::memory_order_relaxed) == protocol_ ? State::new_peer : State::wrong_protocol;
  }
  if (!open_) open_ = agreed_ != 0 && peer_->agreed.load(std::memory_order_acquire) == incarnation_;
  return open_ ? State::open : State::waiting;
}

// Nobody reads these indices now: the new peer waits for `agreed`.
void Session::accept() {
  reset_indices();
  agreed_ = offered_;
  open_ = false;
  // Once more: a peer before this one may have changed them.
  own_->protocol.store(protocol_, std::memory_order_relaxed);
  own_->incarnation.store(incarnation_, std::memory_order_relaxed);
  own_->agreed.store(agreed_, std::memory_order_release);
}

bool Session::changed() const { return peer_->incarnation.load(std::memory_order_acquire) != agreed_; }

}  // namespace tessera::ring
