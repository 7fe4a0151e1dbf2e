// SPDX-License-Identifier: Apache-2.0
// The end of threads and processes.
#pragma once

namespace tessera::lx {

class AddressSpace;
class Process;
class Thread;

// All threads of the process end; `status` as wait4 tells it (exit code << 8, or
// the signal). The first call decides. Returns at once: each thread ends on its
// own carrier.
void end_process(Process& process, int status);
// Only this thread ends, as exit(2).
void end_thread(Thread& thread, int code);
// exec: the other threads end; returns when they are gone. False when this thread
// must end itself.
bool end_other_threads(Thread& thread);
// The last thing that happens on a carrier for its thread: gives up what it holds
// and deletes it; the last thread of a process turns that into a zombie.
void finish_thread(Thread& thread);
// Forgets a zombie.
void reap(Process& process);
// Gives up the memory for `next` (exec) and tells a parent that waits in vfork.
void release_memory(Thread& thread, AddressSpace& next);

}  // namespace tessera::lx
