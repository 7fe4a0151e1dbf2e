// SPDX-License-Identifier: Apache-2.0
// Futexes as the rest of the personality uses them.
#pragma once

#include <cstddef>
#include <cstdint>

#include "components/linux/core/errno.hpp"

namespace tessera::lx {

class Thread;
struct FutexKey;
class FutexTable;

// Of a word in the thread's memory. EINVAL, EFAULT.
Result<FutexKey> futex_key(Thread& thread, std::uint64_t address, bool is_private);
// Bits of the word of a robust or priority-inheriting futex, which holds its owner's id.
inline constexpr std::uint32_t kFutexWaiters = 0x8000'0000, kFutexOwnerDied = 0x4000'0000, kFutexOwner = 0x3fff'ffff;

// Who waits to be woken, on futexes without an owner.
FutexTable& futex_table();
// Wakes waiters on a word of the thread's memory (shared and private keys alike).
void wake_futex(Thread& thread, std::uint64_t address, std::size_t most);
// The thread gives its memory up (exit, exec): marks the robust futexes that it
// holds as left behind, clears and wakes its CLONE_CHILD_CLEARTID word.
void forget_futexes(Thread& thread);

}  // namespace tessera::lx
