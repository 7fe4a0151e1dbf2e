// SPDX-License-Identifier: Apache-2.0
// The command line of `tessera test`: ctest takes a mistyped option for nothing and
// runs everything, so the options that it knows are checked here.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "tools/support/result.hpp"

namespace tessera::tools::run {

// The words for ctest. What stands behind "--" is passed on unseen.
[[nodiscard]] Result<std::vector<std::string>> parse_test_options(std::span<const std::string> arguments);

}  // namespace tessera::tools::run
