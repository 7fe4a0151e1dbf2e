// SPDX-License-Identifier: Apache-2.0
// A program of the host with what it needs: its interpreter and libraries, found
// as the dynamic linker would, without running anything.
#pragma once

#include <string>

#include "tools/image/machine.hpp"
#include "tools/image/root.hpp"

namespace tessera::tools::image {

// Adds the program at PATH of the host at the same (absolute) place, which is the
// result. What the root has already is left as it is. For a script, its interpreter.
// What it needs must be in the root when MACHINE is not the host's.
[[nodiscard]] Result<std::string> add_host_program(Root& root, const std::string& path, const Machine& machine = kHost);

}  // namespace tessera::tools::image
