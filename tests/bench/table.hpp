// SPDX-License-Identifier: Apache-2.0
// Results as tables for people.
#pragma once

#include <string>

#include "tests/bench/results.hpp"

namespace tessera::bench {

// All tables that the results have something for.
[[nodiscard]] std::string tables(const Results& results);

// What differs by more than noise: 1 % of an instruction count, 10 % of a wall time.
[[nodiscard]] std::string changes(const Results& before, const Results& after);

}  // namespace tessera::bench
