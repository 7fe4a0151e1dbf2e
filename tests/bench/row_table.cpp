// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/row_table.hpp"

#include <algorithm>
#include <array>
#include <format>

#include "tests/bench/figures.hpp"
#include "tests/bench/spread.hpp"

namespace tessera::bench {
namespace {

constexpr std::array kColumns{System::shared, System::protected_view, System::linux_kernel};

std::vector<std::string> rows_with_results(const Results& results, std::span<const std::string> rows, Kind kind) {
  std::vector<std::string> found;
  for (const std::string& row : rows) {
    if (std::ranges::any_of(kColumns, [&](System system) { return !results.samples(row, system, kind).empty(); }))
      found.push_back(row);
  }
  return found;
}

std::size_t name_width(const std::vector<std::string>& rows) {
  std::size_t width = 22;
  for (const std::string& row : rows) width = std::max(width, row.size());
  return width;
}

}  // namespace

std::string count_table(const Results& results, std::span<const std::string> rows, const std::string& title) {
  constexpr std::string_view kLine = "{:<{}} {:>14} {:>14} {:>16} {:>8} {:>10}\n";
  const auto shown = rows_with_results(results, rows, Kind::instructions);
  if (shown.empty()) return "";
  const std::size_t width = name_width(shown);
  std::string text = "\n" + title + "\n" + std::format(kLine, "row", width, "shared", "protected", "Linux", "ratio", "protected");
  for (const std::string& row : shown) {
    const auto value = [&](System system) { return results.value(row, system, Kind::instructions); };
    const Value shared = value(System::shared), hidden = value(System::protected_view), theirs = value(System::linux_kernel);
    text += std::format(kLine, row, width, number(shared, 0), number(hidden, 0), number(theirs, 0), ratio(shared, theirs),
                        ratio(hidden, theirs));
  }
  return text;
}

std::string wall_table(const Results& results, std::span<const std::string> rows, const std::string& title) {
  constexpr std::string_view kLine = "{:<{}} {:>24} {:>24} {:>24} {:>20} {:>20}\n";
  const auto shown = rows_with_results(results, rows, Kind::wall_ns);
  if (shown.empty()) return "";
  const std::size_t width = name_width(shown);
  std::string text = "\n" + title + "\n" + std::format(kLine, "row", width, "shared", "protected", "Linux", "ratio", "protected");
  for (const std::string& row : shown) {
    const auto cell = [&](System system) { return with_deviation(spread_of(results.samples(row, system, Kind::wall_ns)), 1000); };
    const auto over_linux = [&](System system) {
      return with_range(
          ratio_of(results.samples(row, system, Kind::wall_ns), results.samples(row, System::linux_kernel, Kind::wall_ns)));
    };
    text += std::format(kLine, row, width, cell(System::shared), cell(System::protected_view), cell(System::linux_kernel),
                        over_linux(System::shared), over_linux(System::protected_view));
  }
  return text;
}

}  // namespace tessera::bench
