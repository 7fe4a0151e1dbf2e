// SPDX-License-Identifier: Apache-2.0
// A process dies of a core signal: lines in the log, and the core file.
#pragma once

namespace tessera::lx {

class Thread;
struct SignalInfo;

// The dying thread itself calls it, before anything is taken apart. May sleep.
// True: a core file was written (bit 7 of wait's status).
bool crash(Thread& self, const SignalInfo& info);

}  // namespace tessera::lx
