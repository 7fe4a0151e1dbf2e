// SPDX-License-Identifier: Apache-2.0
// Two transcripts of the same cases beside each other.
#pragma once

#include <string>
#include <vector>

#include "tests/system/oracle/transcript.hpp"

namespace tessera::tests {

// Prints a line for each case, and where the two differ how. Returns how many
// of NAMES are not the same in both.
[[nodiscard]] int report(const std::vector<std::string>& names, const Transcript& expected, const Transcript& actual);

}  // namespace tessera::tests
