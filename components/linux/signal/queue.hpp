// SPDX-License-Identifier: Apache-2.0
// Signals that wait for delivery to a thread, or to any thread of a process.
// A standard signal waits once; a realtime signal waits as often as it was sent.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "components/linux/signal/signal.hpp"

namespace tessera::lx {

class SignalQueue {
 public:
  [[nodiscard]] SignalSet pending() const { return pending_; }
  [[nodiscard]] std::size_t queued() const { return entries_.size(); }
  [[nodiscard]] std::span<const SignalInfo> entries() const { return entries_; }  // oldest first

  // False when a realtime signal found `limit` entries queued: nothing was added.
  // A standard signal always becomes pending, at worst without its info.
  bool add(const SignalInfo& info, std::size_t limit);
  // Takes the next signal of `wanted`: synchronous ones first, then the lowest.
  // False when there is none.
  bool take(SignalSet wanted, SignalInfo& info);
  void discard(SignalSet signals);

 private:
  WatchedSignalSet pending_;
  std::vector<SignalInfo> entries_;  // oldest first
};

// The signal that take() would choose of a set that is not empty.
int next_signal(SignalSet set);

}  // namespace tessera::lx
