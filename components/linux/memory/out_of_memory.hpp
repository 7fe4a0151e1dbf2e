// SPDX-License-Identifier: Apache-2.0
// When frames run out below a guest's access: its process is killed, so that the
// others, and the personality's own heap, go on.
#pragma once

namespace tessera::lx {

class Thread;

// SIGKILL, with a line in the log.
void out_of_memory(Thread& thread);

}  // namespace tessera::lx
