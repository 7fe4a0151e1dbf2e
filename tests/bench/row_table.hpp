// SPDX-License-Identifier: Apache-2.0
// A table of rows that all systems have: what each takes, and the ratios to Linux.
// Rows without results are left out; a table without rows is empty.
#pragma once

#include <span>
#include <string>

#include "tests/bench/results.hpp"

namespace tessera::bench {

[[nodiscard]] std::string count_table(const Results& results, std::span<const std::string> rows, const std::string& title);
// Medians with the farthest samples, in microseconds.
[[nodiscard]] std::string wall_table(const Results& results, std::span<const std::string> rows, const std::string& title);

}  // namespace tessera::bench
