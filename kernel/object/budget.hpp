// SPDX-License-Identifier: Apache-2.0
// Budget: time on one core, a sporadic server that the threads bound to it share.
// budget = period means no limit and costs nothing.
#pragma once

#include <cstdint>

#include "kernel/object/header.hpp"
#include "kernel/object/thread.hpp"
#include "kernel/sched/replenishments.hpp"
#include "kernel/support/relaxed.hpp"

namespace tessera::nucleus {

struct Budget {
  ObjectHeader header;
  Namespace* member_of = nullptr;
  ListLink<Budget> member_link;
  std::uint64_t charged = 0;  // to its namespace: millionths of a core
  bool limited = false;
  Relaxed<std::uint16_t> core = std::uint16_t{0};  // whose lock guards the rest; of the maker until configured
  std::uint64_t consumed_ticks = 0;
  Replenishments replenishments;  // while limited
  TimerNode refill{TimerNode::Kind::budget};  // queued while threads are throttled
  WaitList throttled;             // threads that are ready but for this budget
  // Raised when one of its threads that is ready has to let others run: at the end of its
  // slice, or, if it is paced, for something more urgent.
  Slot contention{.home = Home::target, .holder = this};

  // Whether its threads must wait at `now`, in ticks.
  [[nodiscard]] bool exhausted(std::uint64_t now) const { return limited && replenishments.next() > now; }
};

}  // namespace tessera::nucleus
