// SPDX-License-Identifier: Apache-2.0
// Waiting for what comes from outside of the personality, a disk's answer, by any of its threads: those
// that carry Linux threads and its own. What is waited for is not guarded by the big lock, so a thread
// may wait with it or without. Unlike sleep() nothing else ends this: signals wait, fatal ones too.
#pragma once

#include <cstdint>

namespace tessera::lx {

// Whether a wait keeps the big lock. Without it all that is guarded by the lock may be found changed.
enum class Hold : std::uint8_t { keep, leave };

// With Hold::leave, and unless it serves an io_uring's request: without the big lock, which the thread that makes it holds alone, as long as it lives.
class Aside {
 public:
  explicit Aside(Hold hold);
  ~Aside();
  Aside(const Aside&) = delete;
  Aside& operator=(const Aside&) = delete;

 private:
  Hold hold_;
};

// What the calling thread is woken with.
enum class Bell : std::uint64_t {};
Bell own_bell();
void ring_bell(Bell bell);
// Until somebody rings the thread's bell, or has rung it since it last waited; now and then for no reason.
void await_bell();

}  // namespace tessera::lx
