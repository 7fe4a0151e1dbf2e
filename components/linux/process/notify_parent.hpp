// SPDX-License-Identifier: Apache-2.0
// SIGCHLD and the parent's wait.
#pragma once

namespace tessera::lx {

class Process;

// It stopped or continued.
void notify_parent_of_stop(Process& process);
// It is a zombie now. True when nobody wants to know: it may be reaped at once.
bool notify_parent_of_exit(Process& process);

// The same to a process that traced it and is not its parent; it is not reaped by that.
void notify_tracer_of_exit(const Process& process, Process& tracer);

}  // namespace tessera::lx
