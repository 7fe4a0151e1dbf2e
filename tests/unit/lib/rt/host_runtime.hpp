// SPDX-License-Identifier: Apache-2.0
// What the nucleus' part of the runtime does, for tests: a thread's frames and a loop whose time and
// events the test makes.
#pragma once

#include <cstdint>

#include "lib/rt/task_loop.hpp"

namespace tessera::test {

class HostLoop : public rt::TaskLoop {
 public:
  HostLoop() { rt::own_frames() = &frames_; }
  ~HostLoop() { rt::own_frames() = nullptr; }
  [[nodiscard]] const rt::FramePool& frames() const { return frames_; }
  // Until nobody is ready.
  void settle() {
    while (run_ready(1000)) {}
  }

 private:
  rt::FramePool frames_;
};

// Calls of operator new so far, in this program (host_heap.cpp).
[[nodiscard]] std::uint64_t heap_calls();

}  // namespace tessera::test
