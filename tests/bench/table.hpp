// SPDX-License-Identifier: Apache-2.0
// Results as tables for people.
#pragma once

#include <string>

#include "tests/bench/record.hpp"

namespace tessera::bench {

// What the results were taken on, and all tables that they have something for.
[[nodiscard]] std::string tables(const Record& record);

// What differs by more than noise: 1 % of an instruction count, 10 % of a wall time;
// and what AFTER was taken on that BEFORE was not.
[[nodiscard]] std::string changes(const Record& before, const Record& after);

}  // namespace tessera::bench
