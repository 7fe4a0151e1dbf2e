// SPDX-License-Identifier: Apache-2.0
// What the tool itself says, on standard error.
#pragma once

#include <string>

#include "tools/run/log.hpp"
#include "tools/run/options.hpp"
#include "tools/run/paths.hpp"

namespace tessera::tools::run {

// "tessera: TEXT"
void say(const std::string& text);

// After a time-out: the last of the log and where the processor is.
void report_hang(const Options& options, const MachineLog& log, int monitor, const Paths& paths);

// Why a machine that gave no status stopped, in one line.
[[nodiscard]] std::string why_stopped(const MachineLog& log, const std::string& messages);

}  // namespace tessera::tools::run
