// SPDX-License-Identifier: Apache-2.0
// The one lock that guards all of the personality's shared state. A thread holds
// it from the moment its guest traps until the guest runs again, except while it
// sleeps.
//
// Page faults that concern nothing but a process' own memory share it, on machines with
// several cores: they run beside each other, and beside nothing else. What such faults
// change together (frames, memory for page tables) has a mutex of its own, which only
// they take (SharedGuard); an address space has one for all of a fault.
//
// Lock order: the big lock; an address space's; the heap's; those of SharedGuards.
#pragma once

#include "lib/rt/mutex.hpp"

namespace tessera::lx {

extern rt::Mutex big_lock;

// Holds `mutex` if others may be where the caller is: when the big lock is shared.
class SharedGuard {
 public:
  NO_THREAD_SAFETY_ANALYSIS explicit SharedGuard(rt::Mutex& mutex) : mutex_(big_lock.held_alone() ? nullptr : &mutex) {
    if (mutex_ != nullptr) [[unlikely]] mutex_->lock();
  }
  NO_THREAD_SAFETY_ANALYSIS ~SharedGuard() {
    if (mutex_ != nullptr) [[unlikely]] mutex_->unlock();
  }
  SharedGuard(const SharedGuard&) = delete;
  SharedGuard& operator=(const SharedGuard&) = delete;

 private:
  rt::Mutex* mutex_;
};

}  // namespace tessera::lx
