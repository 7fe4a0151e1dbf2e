// SPDX-License-Identifier: Apache-2.0
// Lets tasks of an executor wait for another. It wakes all that wait; raised while nobody waits, it is
// kept, once.
#pragma once

#include <utility>

#include "lib/rt/scope.hpp"
#include "lib/rt/wait.hpp"

namespace tessera::rt {

class Signal {
 public:
  Signal() = default;
  Signal(const Signal&) = delete;
  Signal& operator=(const Signal&) = delete;
  ~Signal() = default;

  // Those who wait go on in their turn.
  void raise() {
    if (waiters_.empty()) raised_ = true;
    while (rt::Wait* const wait = waiters_.take()) wait->end();
  }

  class Wait final : public rt::Wait {
   public:
    explicit Wait(Signal& signal) : signal_(signal) {}
    [[nodiscard]] bool await_ready() const noexcept { return false; }
    template <typename Promise>
    [[nodiscard]] bool await_suspend(std::coroutine_handle<Promise> task) noexcept {
      if (!begin(task, *task.promise().scope)) return false;
      if (std::exchange(signal_.raised_, false)) end();
      else signal_.waiters_.append(*this);
      return true;
    }
    [[nodiscard]] WaitResult await_resume() const noexcept { return result(); }

   private:
    void cancel() override {
      signal_.waiters_.remove(*this);
      end_cancelled();
    }
    Signal& signal_;
  };
  [[nodiscard]] Wait wait() { return Wait(*this); }

 private:
  bool raised_ = false;
  WaitsOfSource waiters_;
};

}  // namespace tessera::rt
