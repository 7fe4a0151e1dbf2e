// SPDX-License-Identifier: Apache-2.0
// The three timers that every process has: setitimer(2).
#pragma once

namespace tessera::lx {

class Process;

// SIGALRM was taken: the timer of wall time, which stood still since it sent it, goes on.
void alarm_taken(Process& process);
// At its end; that of RLIMIT_CPU too.
void disarm_interval_timers(Process& process);

}  // namespace tessera::lx
