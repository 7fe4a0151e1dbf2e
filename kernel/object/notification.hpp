// SPDX-License-Identifier: Apache-2.0
// Notification: a word of bits. Raising adds bits; a waiter takes all of them.
// Bits are set or threads wait, never both.
#pragma once

#include <cstdint>

#include "kernel/object/header.hpp"
#include "kernel/object/thread.hpp"
#include "kernel/sched/cores.hpp"
#include "kernel/support/relaxed.hpp"

namespace tessera::nucleus {

struct Notification {
  ObjectHeader header;
  // Whose fast paths may use it, and whose lock guards the rest: that of the first who waited.
  Relaxed<std::uint16_t> core = std::uint16_t{0};
  std::uint64_t bits = 0;
  WaitList waiters;
};

// Before anything but its core is looked at.
inline void reach(const Notification& notification) {
  if (several_cores) [[unlikely]] reach_core(notification.core);
}

// Raises bits (not 0): the longest waiting thread takes them, or they stay.
void raise(Notification& notification, std::uint64_t bits);

}  // namespace tessera::nucleus
