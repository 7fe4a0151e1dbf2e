// SPDX-License-Identifier: Apache-2.0
#include "lib/rt/executor.hpp"

#include <algorithm>
#include <bit>

#include "lib/rt/clock.hpp"
#include "lib/rt/panic.hpp"
#include "lib/rt/system_call.hpp"

namespace tessera::rt {

void Executor::Sleep::await_suspend(std::coroutine_handle<> waiter) noexcept {
  waiter_ = waiter;
  Sleep** at = &executor_.sleepers_;
  while (*at != nullptr && (*at)->deadline_ns_ <= deadline_ns_) at = &(*at)->next_;
  next_ = *at;
  *at = this;
}

void Executor::deliver(std::uint64_t bits) {
  while (bits != 0) {
    const auto bit = static_cast<unsigned>(std::countr_zero(bits));
    bits &= bits - 1;
    if (waiters_[bit]) {
      std::exchange(waiters_[bit], nullptr).resume();
    } else {
      pending_ |= std::uint64_t{1} << bit;
    }
  }
}

void Executor::wake_sleepers() {
  while (sleepers_ != nullptr && sleepers_->deadline_ns_ <= now_ns()) {
    Sleep& first = *sleepers_;
    sleepers_ = first.next_;
    first.waiter_.resume();
  }
}

void Executor::run(Task<void> task) {
  task.handle().resume();
  while (!task.done()) {
    const std::uint64_t deadline = sleepers_ == nullptr ? 0 : std::max<std::uint64_t>(sleepers_->deadline_ns_, 1);
    const auto bits = wait_notification(notification_, deadline);
    if (bits) {
      deliver(*bits);
    } else if (bits.error() != Error::timed_out && bits.error() != Error::cancelled) {
      panic("the executor's notification is gone");
    }
    wake_sleepers();
  }
}

}  // namespace tessera::rt
