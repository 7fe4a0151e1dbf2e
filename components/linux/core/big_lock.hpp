// SPDX-License-Identifier: Apache-2.0
// The one lock that guards all of the personality's shared state. A thread holds
// it from the moment its guest traps until the guest runs again, except while it
// sleeps or waits for a disk (core/aside.hpp).
//
// On machines with several cores, what takes long or comes often is done beside others:
// - A thread puts the lock aside (OutsideBigLock) while it fills or empties an address
//   space that no other thread can reach, reads a program that nobody can write to
//   (Execution), copies its own space and what else a new process gets, or gives up much of
//   its own space (AddressSpace::copying: whoever else comes to that space meanwhile waits).
// - Page faults that concern nothing but a process' own memory: those of a process of one
//   thread hold nothing but its space (copying), taken while they share the lock for a
//   moment. Those of several threads share the lock all along: they run beside each other
//   and beside no one who holds it alone.
// - Calls that concern nothing but their own thread take no lock (syscall/beside.hpp), and
//   neither does a new thread on its way to its guest.
// - Calls that wait for a futex of their process, or wake who does, share it and hold a lock of
//   the futex table (futex/beside.cpp). Those that read and write pipes hold the pipe's own
//   (fs/pipe_beside.cpp).
// - execve finds and loads its program before it takes the lock, and shares it for as long as
//   it looks for names (process/prepare_exec.hpp).
// What these use in common (frames, guest spaces and the memory for their tables, the
// heap) has locks of its own; references are counted without (core/ref.hpp).
//
// Lock order: the big lock; a futex table's or a pipe's; an address space's; table memory's; the guest spaces'; the heap's; the frames'.
#pragma once

#include "components/linux/nucleus/processors.hpp"
#include "components/linux/process/placement.hpp"
#include "lib/rt/shared_mutex.hpp"

namespace tessera::lx {

extern rt::SharedMutex big_lock;

// Without the lock, which the thread that makes it holds alone, as long as it lives; with
// `instead`, if anything, for which others may wait who hold the big lock. With one
// processor there is nobody to let in.
class OutsideBigLock {
 public:
  explicit OutsideBigLock(rt::Mutex* instead = nullptr);
  ~OutsideBigLock();
  OutsideBigLock(const OutsideBigLock&) = delete;
  OutsideBigLock& operator=(const OutsideBigLock&) = delete;

 private:
  rt::Mutex* instead_;
};

// Shares the lock, which the thread does not hold: nobody changes what it guards meanwhile.
class SharedBigLock {
 public:
  explicit SharedBigLock(const Placement& own) NO_THREAD_SAFETY_ANALYSIS : place_(big_lock.lock_shared(own.processor)) {}
  ~SharedBigLock() NO_THREAD_SAFETY_ANALYSIS { big_lock.unlock_shared(place_); }
  SharedBigLock(const SharedBigLock&) = delete;
  SharedBigLock& operator=(const SharedBigLock&) = delete;

 private:
  rt::SharedMutex::Place* place_;
};

// What `action` answers, done with `mutex` held if others may be where the caller is.
template <typename Action>
[[gnu::always_inline]] NO_THREAD_SAFETY_ANALYSIS inline auto beside_others(rt::Mutex& mutex, Action action) {
  if (!several_processors) [[likely]] return action();
  const rt::LockGuard guard(mutex);
  return action();
}

}  // namespace tessera::lx
