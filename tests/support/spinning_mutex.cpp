// SPDX-License-Identifier: Apache-2.0
// The part of rt::Mutex that waits, for tests with real threads: the nucleus, on which the real one sleeps, is not
// there. Who waits claims now and then that others may sleep, as those who slept do.
#include <thread>

#include "lib/rt/mutex.hpp"

namespace tessera::rt {

bool Mutex::take(std::uint32_t mark) {
  std::uint32_t state = state_.load(std::memory_order_relaxed);
  return (state & ~kAwaited) == 0 &&
         state_.compare_exchange_strong(state, state | kAlone | mark, std::memory_order_acquire, std::memory_order_relaxed);
}
void Mutex::lock_slowly(Take take, bool) {
  for (unsigned looks = 1; !(this->*take)(looks % 4 == 0 ? kAwaited : 0); ++looks) std::this_thread::yield();
}
void Mutex::wake() {}

}  // namespace tessera::rt
