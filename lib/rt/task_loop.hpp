// SPDX-License-Identifier: Apache-2.0
// What a thread's tasks wait for, and whose turn it is: 64 events, times, and the queue of those that
// are ready. Plain memory: who knows the time and which events happened (executor.hpp) tells it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "lib/rt/scope.hpp"
#include "lib/rt/timer_heap.hpp"
#include "lib/rt/wait.hpp"

namespace tessera::rt {

class TaskLoop {
 public:
  TaskLoop() = default;
  TaskLoop(const TaskLoop&) = delete;
  TaskLoop& operator=(const TaskLoop&) = delete;

  // Until event `bit` (0 to 63) happens. It wakes all that wait for it; while nobody waits it is kept, once.
  class Event final : public Wait {
   public:
    Event(TaskLoop& loop, unsigned bit) : loop_(loop), bit_(bit) {}
    [[nodiscard]] bool await_ready() const noexcept { return false; }
    template <typename Promise>
    [[nodiscard]] bool await_suspend(std::coroutine_handle<Promise> task) noexcept {
      return start(task, *task.promise().scope);
    }
    [[nodiscard]] WaitResult await_resume() const noexcept { return result(); }

   private:
    [[nodiscard]] bool start(std::coroutine_handle<> task, Scope& scope);
    void cancel() override;
    TaskLoop& loop_;
    unsigned bit_;
  };
  [[nodiscard]] Event event(unsigned bit) { return {*this, bit & 63}; }

  // A bit that nobody has claimed; none: all are. An event may be shared, as all who wait for it
  // look for themselves what happened.
  [[nodiscard]] std::optional<unsigned> claim_bit();
  // That very bit; false: somebody has claimed it.
  [[nodiscard]] bool claim_bit(unsigned bit);
  void give_back_bit(unsigned bit) { claimed_ &= ~(std::uint64_t{1} << (bit & 63)); }

  // Until the time is there.
  class Sleep final : public Wait, private TimerNode {
   public:
    Sleep(TaskLoop& loop, std::uint64_t deadline) : loop_(loop) { deadline_ns = deadline; }
    [[nodiscard]] bool await_ready() const noexcept { return false; }
    template <typename Promise>
    [[nodiscard]] bool await_suspend(std::coroutine_handle<Promise> task) noexcept {
      return start(task, *task.promise().scope);
    }
    [[nodiscard]] WaitResult await_resume() const noexcept { return result(); }

   private:
    friend class TaskLoop;
    [[nodiscard]] bool start(std::coroutine_handle<> task, Scope& scope);
    void cancel() override;
    TaskLoop& loop_;
  };
  [[nodiscard]] Sleep sleep_until(std::uint64_t deadline_ns) { return {*this, deadline_ns}; }

  // Until all that are ready now had their turn.
  class Turn final : public Wait {
   public:
    Turn() = default;
    [[nodiscard]] bool await_ready() const noexcept { return false; }
    template <typename Promise>
    [[nodiscard]] bool await_suspend(std::coroutine_handle<Promise> task) noexcept {
      return start(task, *task.promise().scope);
    }
    [[nodiscard]] WaitResult await_resume() const noexcept { return result(); }

   private:
    [[nodiscard]] bool start(std::coroutine_handle<> task, Scope& scope);
    void cancel() override {}  // it is ready already
  };
  [[nodiscard]] static Turn turn() { return {}; }

  // Lets at most `most` ready tasks go on. True: there are more.
  bool run_ready(std::size_t most);
  [[nodiscard]] bool any_ready() const { return !ready_.empty(); }
  // The events of these bits happened.
  void deliver(std::uint64_t bits);
  // It is `now_ns`.
  void expire(std::uint64_t now_ns);
  // Of the earliest sleeper.
  [[nodiscard]] std::optional<std::uint64_t> deadline_ns() const;

 protected:
  ~TaskLoop() = default;

 private:
  friend class Wait;
  void make_ready(Wait& wait) { ready_.append(wait); }

  WaitsOfScope ready_;  // by the links of the scope, whose list they have left
  TimerHeap timers_;
  std::uint64_t pending_ = 0;
  std::uint64_t claimed_ = 0;
  std::array<WaitsOfSource, 64> events_{};
};

}  // namespace tessera::rt
