// SPDX-License-Identifier: Apache-2.0
// Numbers as the tables print them; `-` where there is none.
#pragma once

#include <optional>
#include <string>

#include "tests/bench/spread.hpp"

namespace tessera::bench {

using Value = std::optional<double>;

// 1234567 -> "1,234,567"; with so many digits behind the point.
[[nodiscard]] std::string number(Value value, int decimals);

[[nodiscard]] std::string ratio(Value ours, Value theirs);

// "12.34 -5% +12%": the median, divided by UNIT, and how far off the farthest samples were.
[[nodiscard]] std::string with_deviation(const std::optional<Spread>& spread, double unit);

// "0.52 (0.48..0.60)"; of one sample, "0.52".
[[nodiscard]] std::string with_range(const std::optional<Spread>& spread);

}  // namespace tessera::bench
