// SPDX-License-Identifier: Apache-2.0
// What `./tessera explain` tells: while it is on, each system call is looked at, and
// at the end of the container the log says which files programs looked for and did
// not find, what was refused, what they ran, opened and connected to, and which
// calls are not there or only in part.
#pragma once

#include <cstdint>
#include <string>

namespace tessera::lx {

class Thread;

void start_explaining();
bool explaining();

// One system call, before it is served: its path is the program's to change.
struct WatchedCall {
  std::uint64_t number = 0;
  std::uint64_t first_argument = 0, second_argument = 0;
  std::string text;  // the path or the name that it is about; empty: none
};
WatchedCall look_at_call(Thread& thread);
// And after it was served.
void note_call(Thread& thread, const WatchedCall& call);

// Writes what was noted into the log, a line each: "explain", kind, count, program, text.
void report_explanations();

}  // namespace tessera::lx
