// SPDX-License-Identifier: Apache-2.0
// The scaling rows for people: what a unit of work costs, and what more cores bring.
#pragma once

#include <string>

#include "tests/bench/results.hpp"

namespace tessera::bench {

[[nodiscard]] std::string scaling_tables(const Results& results);

}  // namespace tessera::bench
