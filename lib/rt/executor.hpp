// SPDX-License-Identifier: Apache-2.0
// Runs a thread's tasks: the nucleus' part of a TaskLoop. Its events are the bits of a notification,
// which interrupts and the doorbells of rings share. One thread, one executor; tasks never run at the
// same time.
#pragma once

#include "lib/rt/frame_pool.hpp"
#include "lib/rt/objects.hpp"
#include "lib/rt/task_loop.hpp"

namespace tessera::rt {

class Executor : public TaskLoop {
 public:
  // Waits on `notification`, whose capability has the read right. The thread has no other executor.
  explicit Executor(Handle notification);
  ~Executor();

  // Runs until the task, and all that it spawned, has ended. Panics when the notification is gone.
  void run(Task<void> task);

  [[nodiscard]] const FramePool& frames() const { return frames_; }

 private:
  // Turns between two looks at the notification.
  static constexpr std::size_t kTurns = 64;

  void look(bool others_are_ready);

  Handle notification_;
  FramePool frames_;
};

}  // namespace tessera::rt
