// SPDX-License-Identifier: Apache-2.0
// What a thread does before its guest runs again.
#pragma once

namespace tessera::lx {

class Thread;

// Stops, signals, the restart of an interrupted call, the mask to put back.
// False when the thread is to end.
bool attend(Thread& thread);

}  // namespace tessera::lx
