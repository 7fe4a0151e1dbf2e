// SPDX-License-Identifier: Apache-2.0
// Stopping and continuing processes (job control).
#pragma once

namespace tessera::lx {

class Process;
class Thread;

// The process stops: all threads leave their guests and wait. The parent is told.
void stop_process(Process& process, int signal);
// Ends a stop, if there is one. The parent is told.
void continue_process(Process& process);
// Waits, in the thread itself, while its process is stopped.
void wait_while_stopped(Thread& thread);

}  // namespace tessera::lx
