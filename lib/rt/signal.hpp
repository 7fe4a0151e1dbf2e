// SPDX-License-Identifier: Apache-2.0
// Lets one task of an executor wait for another. Raised while nobody waits, it is
// kept, once.
#pragma once

#include <coroutine>
#include <utility>

namespace tessera::rt {

class Signal {
 public:
  Signal() = default;
  Signal(const Signal&) = delete;
  Signal& operator=(const Signal&) = delete;
  ~Signal() = default;

  // Continues the waiting task at once, inside this call.
  void raise() {
    if (waiter_) std::exchange(waiter_, nullptr).resume();
    else raised_ = true;
  }

  [[nodiscard]] auto wait() {
    struct Awaiter {
      Signal& signal;
      [[nodiscard]] bool await_ready() const noexcept { return std::exchange(signal.raised_, false); }
      void await_suspend(std::coroutine_handle<> waiter) const noexcept { signal.waiter_ = waiter; }
      void await_resume() const noexcept {}
    };
    return Awaiter{*this};
  }

 private:
  bool raised_ = false;
  std::coroutine_handle<> waiter_;
};

}  // namespace tessera::rt
