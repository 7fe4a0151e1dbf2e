// SPDX-License-Identifier: Apache-2.0
// The pages that --help shows.
#pragma once

#include <string_view>

namespace tessera::tools::run {

// COMMAND: run, debug, image, test, bench, build; anything else gives the overview.
[[nodiscard]] std::string_view help_page(std::string_view command);

}  // namespace tessera::tools::run
