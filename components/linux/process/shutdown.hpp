// SPDX-License-Identifier: Apache-2.0
// The end of the whole personality: when the main program (pid 1) has ended.
#pragma once

#include <optional>

namespace tessera::lx {

class Process;

// All other processes are killed; the service thread, which waits for this,
// reports the status once the console has taken all output.
void init_ended(Process& init);
// The status to report: the program's, or 128 and the signal that killed it.
std::optional<int> exit_result();

}  // namespace tessera::lx
