// SPDX-License-Identifier: Apache-2.0
// One run of a machine, from start to exit status.
#pragma once

#include "tools/run/options.hpp"
#include "tools/run/paths.hpp"

namespace tessera::tools::run {

inline constexpr int kStatusTimedOut = 124;

// Returns the exit status; may end the process by a signal instead, as a program
// does that was interrupted or whose output nobody reads.
[[nodiscard]] int run_machine(const Options& options, const Paths& paths);

// Writes an ISO image of a system.
[[nodiscard]] int write_image(const Options& options, const Paths& paths);

}  // namespace tessera::tools::run
