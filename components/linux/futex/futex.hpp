// SPDX-License-Identifier: Apache-2.0
// Futexes as the rest of the personality uses them.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tessera::lx {

class Thread;

// Wakes waiters on a word of the thread's memory (shared and private keys alike).
void wake_futex(Thread& thread, std::uint64_t address, std::size_t most);
// The thread gives its memory up (exit, exec): marks the robust futexes that it
// holds as left behind, clears and wakes its CLONE_CHILD_CLEARTID word.
void forget_futexes(Thread& thread);

}  // namespace tessera::lx
