// SPDX-License-Identifier: Apache-2.0
// Futexes whose word tells their owner: FUTEX_LOCK_PI and its relatives (futex(2)).
// The lock is handed over to who waits longest. Threads have no priorities that the
// scheduler would know of, so none is inherited.
#pragma once

#include <cstdint>

#include "components/linux/core/errno.hpp"
#include "components/linux/futex/table.hpp"

namespace tessera::lx {

class Thread;

// A thread in the queue for one.
struct OwnedWaiter {
  FutexWaiter waiter;
  std::uint64_t address = 0;  // of the word in the thread's memory
  std::uint32_t owner = 0;    // whom it waits for
};
// Takes the word at the caller's `address` for the waiter's thread (true), or puts the
// waiter, its key set, in the queue. EDEADLK, ESRCH, EFAULT.
Result<bool> take_or_queue(OwnedWaiter& entry, std::uint64_t address);
// Out of the queue: it was handed the futex, or does not want it any more.
void leave_queue(OwnedWaiter& entry);

// EDEADLK, ESRCH when the owner is gone, ETIMEDOUT.
Result<std::int64_t> lock_owned_futex(std::uint64_t address, std::uint64_t deadline, bool is_private);
Result<std::int64_t> try_owned_futex(std::uint64_t address, bool is_private);  // EAGAIN
Result<std::int64_t> unlock_owned_futex(std::uint64_t address, bool is_private);  // EPERM
// The thread ends: what it owns goes to who waits, marked as left behind.
void leave_owned_futexes(Thread& thread);

}  // namespace tessera::lx
