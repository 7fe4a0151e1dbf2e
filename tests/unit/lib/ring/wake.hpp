// SPDX-License-Identifier: Apache-2.0
// A notification between threads of a test: keeps a wake that comes before the wait.
#pragma once

#include <atomic>
#include <thread>

namespace tessera::test {

class Wake {
 public:
  void raise() { raised_.store(true); }
  void wait() {
    while (!raised_.exchange(false)) std::this_thread::yield();
  }

 private:
  std::atomic<bool> raised_{false};
};

}  // namespace tessera::test
