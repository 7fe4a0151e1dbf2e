// SPDX-License-Identifier: Apache-2.0
// Timer: a time that raises a Notification. The capability that names the Notification is
// held in `target`, so revoking it unbinds.
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

// Raises the notification a target slot names, if it still does.
void raise_target(const Slot& target);

}  // namespace tessera::nucleus
