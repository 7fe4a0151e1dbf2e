// SPDX-License-Identifier: Apache-2.0
// Runs a thread's coroutines: each waits for a bit of the executor's notification
// or for a time. One thread, one executor; tasks never run at the same time.
#pragma once

#include <array>
#include <coroutine>
#include <cstdint>

#include "lib/rt/objects.hpp"
#include "lib/rt/task.hpp"

namespace tessera::rt {

class Executor {
 public:
  // Waits on `notification`, whose capability has the read right.
  explicit Executor(Handle notification) : notification_(notification) {}
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;
  ~Executor() = default;

  // Runs until the task has ended. Panics when the notification is gone.
  void run(Task<void> task);

  // An event: bit `bit` (0 to 63) of the notification. A bit that was raised while
  // nobody waited is kept, once. At most one task waits for a bit at a time.
  class Event {
   public:
    Event(Executor& executor, unsigned bit) : executor_(executor), bit_(bit) {}
    [[nodiscard]] bool await_ready() const noexcept {
      const bool pending = (executor_.pending_ >> bit_ & 1) != 0;
      executor_.pending_ &= ~(std::uint64_t{1} << bit_);
      return pending;
    }
    void await_suspend(std::coroutine_handle<> waiter) const noexcept { executor_.waiters_[bit_] = waiter; }
    void await_resume() const noexcept {}

   private:
    Executor& executor_;
    unsigned bit_;
  };
  [[nodiscard]] Event event(unsigned bit) { return {*this, bit & 63}; }

  // Until now_ns() >= deadline. In the coroutine's frame, linked into the executor's list.
  class Sleep {
   public:
    Sleep(Executor& executor, std::uint64_t deadline_ns) : executor_(executor), deadline_ns_(deadline_ns) {}
    [[nodiscard]] bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> waiter) noexcept;
    void await_resume() const noexcept {}

   private:
    friend class Executor;
    Executor& executor_;
    std::uint64_t deadline_ns_;
    std::coroutine_handle<> waiter_;
    Sleep* next_ = nullptr;
  };
  [[nodiscard]] Sleep sleep_until(std::uint64_t deadline_ns) { return {*this, deadline_ns}; }

 private:
  void deliver(std::uint64_t bits);
  void wake_sleepers();

  Handle notification_;
  std::uint64_t pending_ = 0;
  std::array<std::coroutine_handle<>, 64> waiters_{};
  Sleep* sleepers_ = nullptr;  // by deadline
};

}  // namespace tessera::rt
