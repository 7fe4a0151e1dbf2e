// SPDX-License-Identifier: Apache-2.0
// Waking threads. Implemented beside sleep, in core/wait.cpp.
#pragma once

namespace tessera::lx {

class Thread;

// Ends its sleep, or its next one at once.
void wake_thread(Thread& thread);
// Makes it look at its signals (or its end) soon: it leaves an interruptible
// sleep, or its guest. Whoever calls has changed what there is to see.
void interrupt_thread(Thread& thread);

}  // namespace tessera::lx
