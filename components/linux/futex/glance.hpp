// SPDX-License-Identifier: Apache-2.0
// A futex that is held by a thread on another processor is likely free before the sleep and
// the wake-up that it would cost are over: so who is to wait for it looks at it for a
// moment first, without the lock. Where it changed, the call ends as one that came later.
//
// Not where another thread waits for the same processor, which may be the one that is to
// change it, nor for a while after that was in vain.
#pragma once

#include <cstdint>
#include <optional>

namespace tessera::lx {

class Thread;

// The word of the current thread's memory. Nothing when it is not at hand.
std::optional<std::uint32_t> look_at_futex(std::uint64_t address);
// The word, which the current thread is to wait for without a time limit, has changed meanwhile.
bool changes_at_a_glance(Thread& self, std::uint64_t address, std::uint32_t expected);

}  // namespace tessera::lx
