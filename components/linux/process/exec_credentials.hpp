// SPDX-License-Identifier: Apache-2.0
// What exec makes of a thread's ids: set-user-ID and set-group-ID programs, and
// the saved ids of all programs.
#pragma once

#include "components/linux/process/contract.hpp"

namespace tessera::lx {

struct Program;
class Thread;

struct ExecCredentials {
  Credentials ids;
  bool set_id = false;    // the file's mode asked for other ids, and got them
  bool secure = false;    // AT_SECURE: real and effective ids will differ
  bool dumpable = true;
};

// `program` is the file that runs in the end: the set-id bits of a script count for nothing.
ExecCredentials exec_credentials(const Thread& thread, const Program& program);

}  // namespace tessera::lx
