// SPDX-License-Identifier: Apache-2.0
// Futexes whose word tells their owner: FUTEX_LOCK_PI and its relatives (futex(2)).
// The lock is handed over to who waits longest. Threads have no priorities that the
// scheduler would know of, so none is inherited.
#pragma once

#include <cstdint>

#include "components/linux/core/errno.hpp"

namespace tessera::lx {

class Thread;

// EDEADLK, ESRCH when the owner is gone, ETIMEDOUT.
Result<std::int64_t> lock_owned_futex(std::uint64_t address, std::uint64_t deadline, bool is_private);
Result<std::int64_t> try_owned_futex(std::uint64_t address, bool is_private);  // EAGAIN
Result<std::int64_t> unlock_owned_futex(std::uint64_t address, bool is_private);  // EPERM
// The thread ends: what it owns goes to who waits, marked as left behind.
void leave_owned_futexes(Thread& thread);

}  // namespace tessera::lx
