// SPDX-License-Identifier: Apache-2.0
// Budget: time on one core, shared by the threads bound to it. What is used from
// the moment it was last idle comes back one period later (a sporadic server with
// a single replenishment). budget = period means no limit and costs nothing.
#pragma once

#include <cstdint>

#include "kernel/object/header.hpp"
#include "kernel/object/thread.hpp"

namespace tessera::nucleus {

struct Budget {
  ObjectHeader header;
  Namespace* member_of = nullptr;
  ListLink<Budget> member_link;
  std::uint64_t charged = 0;  // to its namespace: millionths of a core
  bool limited = false;
  std::uint16_t core = 0;
  std::uint64_t budget_ticks = 1;
  std::uint64_t period_ticks = 1;
  std::uint64_t remaining_ticks = 1;
  std::uint64_t activated = 0;  // when the first tick of the present budget was used; 0: untouched
  std::uint64_t consumed_ticks = 0;
  TimerNode refill{TimerNode::Kind::budget};
  WaitList throttled;           // threads that are ready but for this budget
};

}  // namespace tessera::nucleus
