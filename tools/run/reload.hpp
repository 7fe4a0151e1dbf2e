// SPDX-License-Identifier: Apache-2.0
// `tessera reload`: a program of the build tree, or of a file, signed and sent to a machine that runs.
#pragma once

#include "tools/control/command.hpp"
#include "tools/run/paths.hpp"

namespace tessera::tools::run {

[[nodiscard]] Result<void> reload(const control::Options& options, Paths paths);

}  // namespace tessera::tools::run
