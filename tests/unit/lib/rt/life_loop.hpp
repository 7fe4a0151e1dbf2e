// SPDX-License-Identifier: Apache-2.0
// For tests of programs that are killed: what one of them ran on is never run again.
#pragma once

#include <utility>

#include "lib/rt/frame_pool.hpp"
#include "lib/rt/task_loop.hpp"

namespace tessera::test {

// A loop of its own for each life of an end: nothing of one that vanished ever goes on.
class LifeLoop : public rt::TaskLoop {
 public:
  // While it lives, tasks are made and run here.
  class Inside {
   public:
    explicit Inside(LifeLoop& loop) : before_(std::exchange(rt::own_frames(), &loop.frames_)) {}
    Inside(const Inside&) = delete;
    Inside& operator=(const Inside&) = delete;
    ~Inside() { rt::own_frames() = before_; }

   private:
    rt::FramePool* before_;
  };
  // True: there are more.
  bool run(std::size_t most) {
    const Inside inside(*this);
    return run_ready(most);
  }

 private:
  rt::FramePool frames_;
};

}  // namespace tessera::test
