// SPDX-License-Identifier: Apache-2.0
// RLIMIT_CPU: SIGXCPU at the soft limit and each second after it, SIGKILL at the
// hard one.
#pragma once

namespace tessera::lx {

class Process;

// Looks at the process' limit (again): after setrlimit and for a new process.
void watch_cpu_limit(Process& process);

}  // namespace tessera::lx
