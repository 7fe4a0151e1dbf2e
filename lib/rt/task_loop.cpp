// SPDX-License-Identifier: Apache-2.0
#include "lib/rt/task_loop.hpp"

#include <bit>

namespace tessera::rt {

bool TaskLoop::Event::start(std::coroutine_handle<> task, Scope& scope) {
  const std::uint64_t mask = std::uint64_t{1} << bit_;
  if (!begin(task, scope)) return false;
  if ((loop_.pending_ & mask) != 0) {
    // In its turn, like all: who always finds something would else be alone.
    loop_.pending_ &= ~mask;
    end();
  } else {
    loop_.events_[bit_].append(*this);
  }
  return true;
}

void TaskLoop::Event::cancel() {
  loop_.events_[bit_].remove(*this);
  end_cancelled();
}

std::optional<unsigned> TaskLoop::claim_bit() {
  if (~claimed_ == 0) return std::nullopt;
  const auto bit = static_cast<unsigned>(std::countr_one(claimed_));
  claimed_ |= std::uint64_t{1} << bit;
  return bit;
}

bool TaskLoop::claim_bit(unsigned bit) {
  const std::uint64_t mask = std::uint64_t{1} << (bit & 63);
  if ((claimed_ & mask) != 0) return false;
  claimed_ |= mask;
  return true;
}

bool TaskLoop::Sleep::start(std::coroutine_handle<> task, Scope& scope) {
  if (!begin(task, scope)) return false;
  loop_.timers_.insert(*this);
  return true;
}

void TaskLoop::Sleep::cancel() {
  loop_.timers_.remove(*this);
  end_cancelled();
}

bool TaskLoop::Turn::start(std::coroutine_handle<> task, Scope& scope) {
  if (!begin(task, scope)) return false;
  end();
  return true;
}

// Who becomes ready meanwhile comes behind all that are.
bool TaskLoop::run_ready(std::size_t most) {
  for (; most > 0; --most) {
    Wait* const wait = ready_.take();
    if (wait == nullptr) return false;
    wait->task_.resume();
  }
  return any_ready();
}

void TaskLoop::deliver(std::uint64_t bits) {
  for (; bits != 0; bits &= bits - 1) {
    const auto bit = static_cast<unsigned>(std::countr_zero(bits));
    if (events_[bit].empty()) pending_ |= std::uint64_t{1} << bit;
    while (Wait* const wait = events_[bit].take()) wait->end();
  }
}

void TaskLoop::expire(std::uint64_t now_ns) {
  while (TimerNode* const first = timers_.first()) {
    if (first->deadline_ns > now_ns) return;
    timers_.remove(*first);
    static_cast<Sleep*>(first)->end();
  }
}

std::optional<std::uint64_t> TaskLoop::deadline_ns() const {
  const TimerNode* const first = timers_.first();
  if (first == nullptr) return std::nullopt;
  return first->deadline_ns;
}

}  // namespace tessera::rt
