// SPDX-License-Identifier: Apache-2.0
// Ratios as horizontal bars on a logarithmic axis, in groups, as SVG 1.1. A bar goes
// from 1 to the ratio: to the left when it is less, to the right when it is more.
// Self-contained: no script, no font, nothing fetched. Colours follow what the
// reader's browser prefers, light or dark.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tessera::bench {

inline constexpr std::size_t kSeries = 2;

struct Bar {
  std::string label;
  // Of each series; one that is no positive finite number is not drawn.
  std::array<std::optional<double>, kSeries> ratios;
};
struct BarGroup {
  std::string title;
  std::vector<Bar> bars;
};
struct BarChart {
  std::string title;
  std::array<std::string, kSeries> series;  // their names
  std::vector<BarGroup> groups;
  std::vector<std::string> notes;  // lines below the bars
};

[[nodiscard]] std::string draw(const BarChart& chart);

// Text as the content of an element or attribute: what is markup is escaped, and
// what is not printable ASCII becomes `?`.
[[nodiscard]] std::string escaped(std::string_view text);

}  // namespace tessera::bench
