// SPDX-License-Identifier: Apache-2.0
// SIGCHLD and the parent's wait.
#pragma once

namespace tessera::lx {

class Process;

// It stopped or continued.
void notify_parent_of_stop(Process& process);
// It is a zombie now. True when nobody wants to know: it may be reaped at once.
bool notify_parent_of_exit(Process& process);

}  // namespace tessera::lx
