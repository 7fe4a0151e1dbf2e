// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/figures.hpp"

#include <format>

namespace tessera::bench {

std::string number(Value value, int decimals) {
  if (!value) return "-";
  std::string text = std::format("{:.{}f}", *value, decimals);
  std::size_t end = text.find('.');
  if (end == std::string::npos) end = text.size();
  for (std::size_t at = end; at > 3; at -= 3) {
    if (at != end || end > 3) text.insert(at - 3, ",");
  }
  return text;
}

std::string ratio(Value ours, Value theirs) {
  if (!ours || !theirs || *theirs <= 0) return "-";
  return std::format("{:.2f}", *ours / *theirs);
}

std::string with_deviation(const std::optional<Spread>& spread, double unit) {
  if (!spread) return "-";
  std::string text = number(spread->median / unit, 2);
  if (spread->median <= 0) return text;
  const auto percent = [&](double sample) { return (sample / spread->median - 1) * 100; };
  return text + std::format(" {:>4} {:>5}", std::format("{:+.0f}%", percent(spread->least)),
                            std::format("{:+.0f}%", percent(spread->most)));
}

std::string with_range(const std::optional<Spread>& spread) {
  if (!spread) return "-";
  if (spread->least == spread->most) return std::format("{:.2f}", spread->median);
  return std::format("{:.2f} ({:.2f}..{:.2f})", spread->median, spread->least, spread->most);
}

}  // namespace tessera::bench
