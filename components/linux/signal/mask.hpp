// SPDX-License-Identifier: Apache-2.0
// The signals a thread blocks.
#pragma once

#include "components/linux/signal/signal.hpp"

namespace tessera::lx {

class Thread;

// Sets the mask (SIGKILL and SIGSTOP are never blocked) and looks whether
// something that waited may now be delivered.
void set_signal_mask(Thread& thread, SignalSet blocked);
// The same for the current thread, without the lock. False: a signal waits, so that others
// are concerned, and nothing was done.
bool try_signal_mask(Thread& thread, SignalSet blocked);
// For sigsuspend, ppoll and the like: the mask holds until the call has ended;
// then a handler that runs sees it in its frame, or it is put back.
void use_temporary_mask(Thread& thread, SignalSet blocked);

}  // namespace tessera::lx
