// SPDX-License-Identifier: Apache-2.0
// Tasks that run at the same time and end before their scope does: no coroutine outlives what it
// refers to.
//
// A cancelled scope's tasks are told at their next wait, or at the one they are in: it ends with
// WaitError::cancelled, and so does every one after it. What a task then does is its own business; the
// scope waits for its end in any case. A task that waits in join() passes the cancellation on to the
// scope that it joins, and so down to all.
#pragma once

#include "lib/rt/task.hpp"
#include "lib/rt/wait.hpp"

namespace tessera::rt {

class TaskLoop;

class Scope {
 public:
  explicit Scope(TaskLoop& loop) : loop_(loop) {}
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;
  ~Scope();

  // Starts the task at once, up to its first wait.
  void spawn(Task<void> task);
  // Tells all tasks of the scope to end. Those that are spawned later are told, too.
  void cancel();

  [[nodiscard]] std::size_t running() const { return running_; }
  [[nodiscard]] bool cancelled() const { return cancelled_; }

  // Waits until every task has ended. One task at a time.
  class Join final : public Wait {
   public:
    explicit Join(Scope& joined) : joined_(joined) {}
    [[nodiscard]] bool await_ready() const noexcept { return false; }
    template <typename Promise>
    [[nodiscard]] bool await_suspend(std::coroutine_handle<Promise> task) noexcept {
      return start(task, *task.promise().scope);
    }
    void await_resume() const noexcept {}

   private:
    [[nodiscard]] bool start(std::coroutine_handle<> task, Scope& scope);
    void cancel() override;
    Scope& joined_;
  };
  [[nodiscard]] Join join() { return Join(*this); }

 private:
  friend class Wait;
  friend struct detail::PromiseBase;

  void task_ended();

  TaskLoop& loop_;
  WaitsOfScope waits_;
  Join* joiner_ = nullptr;
  std::size_t running_ = 0;
  bool cancelled_ = false;
};

}  // namespace tessera::rt
