// SPDX-License-Identifier: Apache-2.0
#include "kernel/sched/replenishments.hpp"

#include <algorithm>

namespace tessera::nucleus {

void Replenishments::configure(std::uint64_t budget, std::uint64_t period) {
  budget_ = budget;
  period_ = period;
  first_ = 0;
  count_ = 1;
  entries_[0] = {.time = 0, .amount = budget};
}

std::uint64_t Replenishments::available(std::uint64_t now) const {
  std::uint64_t ticks = 0;
  // What becomes usable while the rest is being used counts too.
  for (unsigned i = 0; i < count_ && entry(i).time <= now + ticks; ++i) ticks += entry(i).amount;
  return ticks;
}

std::uint64_t Replenishments::total() const {
  std::uint64_t ticks = 0;
  for (unsigned i = 0; i < count_; ++i) ticks += entry(i).amount;
  return ticks;
}

void Replenishments::use(std::uint64_t used, std::uint64_t now) {
  const std::uint64_t start = now - used;
  // Each round takes a whole entry but the last: so many rounds give the budget away
  // twice. Use beyond that, after a pause of the whole machine, is forgiven.
  used = std::min(used, 2 * budget_);
  while (used > 0) {
    Entry& head = entry(0);
    const std::uint64_t taken = std::min(used, head.amount);
    // Use of what was not due yet counts as use when it was due.
    const std::uint64_t back = std::max(head.time, start) + period_;
    head.amount -= taken;
    if (head.amount == 0) {
      first_ = static_cast<std::uint8_t>((first_ + 1) % kMost);
      --count_;
    }
    come_back(taken, back);
    used -= taken;
  }
}

void Replenishments::come_back(std::uint64_t amount, std::uint64_t time) {
  if (count_ > 0) {
    Entry& last = entry(count_ - 1u);
    // Use that goes on where the last one stopped is one use.
    if (last.time + last.amount == time || last.time == time) {
      last.amount += amount;
      return;
    }
    if (count_ == kMost) {
      last.time = time;
      last.amount += amount;
      return;
    }
  }
  ++count_;
  entry(count_ - 1u) = {.time = time, .amount = amount};
}

}  // namespace tessera::nucleus
