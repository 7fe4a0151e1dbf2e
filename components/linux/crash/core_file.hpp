// SPDX-License-Identifier: Apache-2.0
// Core files: ELF of type ET_CORE, with the notes that Linux writes on x86-64 and
// what its default coredump_filter (0x33) takes of memory.
#pragma once

namespace tessera::lx {

class Thread;
struct SignalInfo;

// The host wants core files: processes start with no limit on their size.
void want_core_files();
bool core_files_wanted();

// Holds the process' other threads and sends the file to the host. May sleep.
// False: none is wanted or allowed, or the process was killed meanwhile.
bool dump_core(Thread& self, const SignalInfo& info);

}  // namespace tessera::lx
