// SPDX-License-Identifier: Apache-2.0
// The life of a thread between two traps of its guest.
#pragma once

namespace tessera::lx {

class Thread;

// Runs the guest and serves its traps until the thread ends (a Carrier::Body).
void run_thread(Thread& thread);

}  // namespace tessera::lx
