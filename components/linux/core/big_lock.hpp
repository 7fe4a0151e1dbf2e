// SPDX-License-Identifier: Apache-2.0
// The one lock that guards all of the personality's shared state. A thread holds
// it from the moment its guest traps until the guest runs again, except while it
// sleeps.
//
// Page faults that concern nothing but a process' own memory share it, on machines with
// several cores: they run beside each other, and beside nothing else. What such faults
// change together (frames, memory for page tables) has a mutex of its own, which only
// they take (beside_others); an address space has one for all of a fault.
//
// Lock order: the big lock; an address space's; table memory's; the heap's; the frames'.
#pragma once

#include "lib/rt/mutex.hpp"

namespace tessera::lx {

extern rt::Mutex big_lock;

// What `action` answers, done with `mutex` held if others may be where the caller is: when
// the big lock is shared.
template <typename Action>
[[gnu::always_inline]] NO_THREAD_SAFETY_ANALYSIS inline auto beside_others(rt::Mutex& mutex, Action action) {
  if (big_lock.held_alone()) [[likely]] return action();
  const rt::LockGuard guard(mutex);
  return action();
}

}  // namespace tessera::lx
