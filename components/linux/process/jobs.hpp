// SPDX-License-Identifier: Apache-2.0
// Process groups, sessions and their controlling terminals.
#pragma once

#include <cstdint>

#include "components/linux/core/ref.hpp"

namespace tessera::lx {

class Process;
class Terminal;

// What the end of a process means for its session and for groups that it held
// together: hang-up of the terminal's foreground group, SIGHUP to stopped orphans.
void leave_jobs(Process& process);
// A new session with the process as leader; it has no terminal.
void begin_session(Process& process);
Ref<Terminal> session_terminal(std::int32_t session);
// A group that was not orphaned before may be so now: stopped members get SIGHUP and SIGCONT.
void check_orphaned_group(std::int32_t group);

}  // namespace tessera::lx
