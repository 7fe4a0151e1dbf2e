// SPDX-License-Identifier: Apache-2.0
// Timer and Interrupt objects: events that raise a Notification. The capability
// that names the Notification is held in `target`, so revoking it unbinds.
#pragma once

#include <cstdint>

#include "kernel/object/header.hpp"
#include "kernel/object/slot.hpp"
#include "kernel/sched/timer_queue.hpp"

namespace tessera::nucleus {

struct Timer {
  ObjectHeader header;
  TimerNode node{TimerNode::Kind::timer_object};
  Slot target{.home = Home::target, .holder = this};
};

struct Interrupt {
  static constexpr std::uint16_t kPulses = 4;  // a line that is no level on any architecture
  ObjectHeader header;
  std::uint16_t vector = 0;      // of the core
  std::uint16_t flags = 0;       // bit 0 level-triggered, bit 1 active low; kPulses
  std::uint64_t source = 0;      // global system interrupt, or a message: abi::kMessageSignalled
  Slot target{.home = Home::target, .holder = this};
};

// Raises the notification a target slot names, if it still does.
void raise_target(const Slot& target);

}  // namespace tessera::nucleus
