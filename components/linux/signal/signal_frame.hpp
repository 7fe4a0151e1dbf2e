// SPDX-License-Identifier: Apache-2.0
// The signal frame: what a handler finds on its stack and rt_sigreturn takes back.
#pragma once

#include "components/linux/core/errno.hpp"
#include "components/linux/signal/actions.hpp"
#include "components/linux/signal/signal.hpp"

namespace tessera::lx {

class Thread;

// Smallest stack a handler may have (AT_MINSIGSTKSZ).
std::uint64_t smallest_signal_stack(const Thread& thread);
// Writes the frame and sends the guest to the handler. `mask`: what sigreturn restores. EFAULT.
Result<void> push_signal_frame(Thread& thread, const SignalAction& action, const SignalInfo& info, SignalSet mask);
// Takes the frame at the stack pointer back: registers, mask, alternate stack. EFAULT.
Result<void> pop_signal_frame(Thread& thread);

}  // namespace tessera::lx
