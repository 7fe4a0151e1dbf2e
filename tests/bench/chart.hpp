// SPDX-License-Identifier: Apache-2.0
// Results as a picture: each row's ratio to Linux as bars, an SVG file by itself.
#pragma once

#include <string>

#include "tests/bench/record.hpp"

namespace tessera::bench {

// Fails where no row has a figure of Tessera and one of Linux.
[[nodiscard]] Result<std::string> chart(const Record& record);

}  // namespace tessera::bench
