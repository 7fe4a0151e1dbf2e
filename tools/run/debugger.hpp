// SPDX-License-Identifier: Apache-2.0
// What a debugger needs to attach to a machine.
#pragma once

#include <string>

#include "tools/run/options.hpp"
#include "tools/run/paths.hpp"
#include "tools/support/result.hpp"

namespace tessera::tools::run {

// The line for a shell that starts gdb with the nucleus' symbols and the sources.
[[nodiscard]] std::string debugger_command(const Options& options, const Paths& paths);

// Fails when another process listens where the machine would.
[[nodiscard]] Result<void> debugger_port_free(const Options& options);

}  // namespace tessera::tools::run
