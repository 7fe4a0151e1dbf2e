// SPDX-License-Identifier: Apache-2.0
// Samples of one thing: their median, and between what they lie.
#pragma once

#include <optional>
#include <vector>

namespace tessera::bench {

struct Spread {
  double median = 0, least = 0, most = 0;
};

// None without samples.
[[nodiscard]] std::optional<Spread> spread_of(std::vector<double> samples);

// Of the ratios turn by turn: the systems take turns, so two samples at the same
// place were taken close to each other, and what slowed the host then hit both.
// None where either has no samples, or where a ratio is no positive number.
[[nodiscard]] std::optional<Spread> ratio_of(const std::vector<double>& samples, const std::vector<double>& to);

}  // namespace tessera::bench
