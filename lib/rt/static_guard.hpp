// SPDX-License-Identifier: Apache-2.0
// The guard of a static object inside a function: the first thread that comes makes the object,
// others wait. Itanium C++ ABI, 3.3.3: 64 bits, zero at first, of which the compiler's code looks at
// the first byte and calls these while it is 0.
#pragma once

#include <atomic>
#include <cstdint>

namespace tessera::rt {

class alignas(8) StaticGuard {
 public:
  // True: the caller is to make the object, and to call release(). `pause` is called between looks at
  // another thread's work.
  template <typename Pause>
  bool acquire(Pause pause) {
    for (;;) {
      if (made_.load(std::memory_order_acquire)) return false;
      if (!busy_.exchange(true, std::memory_order_acquire)) break;
      pause();
    }
    if (!made_.load(std::memory_order_relaxed)) return true;
    busy_.store(false, std::memory_order_relaxed);  // it was made between the two looks
    return false;
  }
  void release() {
    made_.store(true, std::memory_order_release);
    busy_.store(false, std::memory_order_release);
  }

 private:
  std::atomic<bool> made_{false}, busy_{false};
};
static_assert(sizeof(StaticGuard) == 8);

}  // namespace tessera::rt
