// SPDX-License-Identifier: Apache-2.0
// The channel to the peer, and the events that every driver here waits for.
#pragma once

#include "lib/ring/byte_ring.hpp"
#include "lib/rt/executor.hpp"
#include "lib/rt/objects.hpp"
#include "lib/rt/signal.hpp"
#include "lib/rt/start.hpp"

namespace tessera::console {

struct Link {
  static constexpr unsigned kRingBit = 0, kInterruptBit = 1;  // of the notification

  ring::ByteChannel channel;
  rt::Handle wake = 0;  // own notification
  rt::Handle peer = 0;

  // The grants `channel.console...`; panics when they are not what they should be.
  [[nodiscard]] static Link open(const rt::Start& start);

  void wake_peer() const { (void)rt::notify(peer); }
  // Makes an Interrupt raise kInterruptBit.
  [[nodiscard]] bool bind(rt::Handle interrupt) const;
};

// Either direction of the driver sleeps on its own signal; both look after any event.
struct Signals {
  rt::Signal receive, transmit;
  void raise() {
    receive.raise();
    transmit.raise();
  }
};

// Turns events into signals, until cancelled. `acknowledge`: an Interrupt to acknowledge, or 0.
rt::Task<> watch_ring(rt::Executor& executor, Signals& signals);
rt::Task<> watch_interrupt(rt::Executor& executor, Signals& signals, rt::Handle acknowledge);
// For a device without interrupts: looks at it every millisecond.
rt::Task<> watch_clock(rt::Executor& executor, Signals& signals);

}  // namespace tessera::console
