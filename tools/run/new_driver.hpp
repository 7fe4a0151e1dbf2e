// SPDX-License-Identifier: Apache-2.0
// `tessera new driver NAME`: a driver to begin with.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "tools/run/paths.hpp"

namespace tessera::tools::run {

// Makes components/drivers/NAME and its test under `source`, a copy of the shortest driver under another name, and adds
// both to what is built. The files that were made or changed.
[[nodiscard]] Result<std::vector<std::string>> new_driver(const std::string& source, const std::string& name);

// The command; its exit status.
[[nodiscard]] int make_new(std::span<const std::string> arguments, const Paths& paths);

}  // namespace tessera::tools::run
