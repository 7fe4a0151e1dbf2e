// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/spread.hpp"

#include <algorithm>
#include <cmath>

namespace tessera::bench {

std::optional<Spread> spread_of(std::vector<double> samples) {
  if (samples.empty()) return std::nullopt;
  std::ranges::sort(samples);
  const std::size_t middle = samples.size() / 2;
  const double median = samples.size() % 2 == 1 ? samples[middle] : (samples[middle - 1] + samples[middle]) / 2;
  return Spread{median, samples.front(), samples.back()};
}

std::optional<Spread> ratio_of(const std::vector<double>& samples, const std::vector<double>& to) {
  std::vector<double> ratios;
  for (std::size_t at = 0; at < std::min(samples.size(), to.size()); ++at) {
    const double ratio = samples[at] / to[at];
    if (!std::isfinite(ratio) || ratio <= 0) return std::nullopt;
    ratios.push_back(ratio);
  }
  return spread_of(std::move(ratios));
}

}  // namespace tessera::bench
