// SPDX-License-Identifier: Apache-2.0
// The first process, and a count of all that followed.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "components/linux/core/errno.hpp"
#include "components/linux/core/ref.hpp"

namespace tessera::lx {

class FileTable;
class FsContext;
class Process;
class Thread;

struct FirstProgram {
  std::vector<std::string> arguments;
  std::vector<std::string> environment;
};

// Makes pid 1, loads its program and starts it. `error`: what execve would have answered.
// With the big lock held.
Result<Process*> start_first_process(const FirstProgram& program, Ref<FileTable> files, Ref<FsContext> fs);

void count_fork();
std::uint64_t fork_count();

}  // namespace tessera::lx
