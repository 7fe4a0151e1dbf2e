// SPDX-License-Identifier: Apache-2.0
// Replacing the program of the current process.
#pragma once

#include <string>

#include "components/linux/core/errno.hpp"
#include "components/linux/exec/arguments.hpp"
#include "components/linux/fs/open.hpp"
#include "components/linux/process/limits.hpp"

namespace tessera::lx {

class Process;
struct ExecCredentials;

// `name`: the path as the caller wrote it. On success the current thread's
// registers are those of the new program.
Result<void> execute(Program file, std::string name, Strings arguments, const Strings& environment);
// Whether the new program's addresses are random; credentials are the new ones.
bool randomizes(const Process& process, const ExecCredentials& credentials);
// Bytes that arguments and environment may take, with their pointers.
std::uint64_t argument_room(const Limits& limits);

}  // namespace tessera::lx
