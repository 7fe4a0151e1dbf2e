// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/scaling_table.hpp"

#include <array>
#include <format>

#include "tests/bench/figures.hpp"
#include "tests/bench/row_table.hpp"
#include "tests/bench/scaling.hpp"
#include "tests/bench/spread.hpp"

namespace tessera::bench {
namespace {

constexpr std::array kColumns{System::shared, System::protected_view, System::linux_kernel};

std::vector<std::string> all_rows() {
  std::vector<std::string> rows;
  for (const Work& work : works()) {
    for (std::string& row : possible_scaling_rows(work)) rows.push_back(std::move(row));
  }
  return rows;
}

// How much of KIND a unit takes with crew OVER, in crews of UNDER.
std::optional<Spread> against(const Results& results, const Work& work, System system, Kind kind, Crew over, Crew under) {
  return ratio_of(results.samples(scaling_row(work.name, over), system, kind),
                  results.samples(scaling_row(work.name, under), system, kind));
}

// One line for each work, number of cores and what they are held against. Where
// UPSIDE_DOWN, the crew on one core is divided by the one on many: time becomes speed.
std::string crew_table(const Results& results, Kind kind, bool upside_down, const std::string& title) {
  constexpr std::string_view kLine = "{:<24} {:>6} {:>12} {:>20} {:>20} {:>20}\n";
  std::string text;
  const auto add_line = [&](const Work& work, unsigned cpus, unsigned workers) {
    const Crew many{cpus, cpus}, one{workers, 1};
    std::array<std::string, kColumns.size()> cells;
    bool any = false;
    for (std::size_t at = 0; at < kColumns.size(); ++at) {
      const auto spread = against(results, work, kColumns[at], kind, upside_down ? one : many, upside_down ? many : one);
      any = any || spread.has_value();
      cells[at] = with_range(spread);
    }
    if (any) text += std::format(kLine, "scale-" + work.name, cpus, std::format("{} on 1", workers), cells[0], cells[1], cells[2]);
  };
  for (const Work& work : works()) {
    for (unsigned cpus = 2; cpus <= kMostCpus; ++cpus) {
      add_line(work, cpus, 1);
      if (work.shared) add_line(work, cpus, cpus);
    }
  }
  if (text.empty()) return text;
  return "\n" + title + "\n" + std::format(kLine, "row", "cores", "against", "shared", "protected", "Linux") + text;
}

}  // namespace

std::string scaling_tables(const Results& results) {
  const auto rows = all_rows();
  return count_table(results, rows,
                     "Work of several workers (WORKERSonCORES), instructions a unit, of all cores (ratio: to Linux)") +
         crew_table(results, Kind::instructions, false,
                    "Instructions a unit, a worker a core, over those on one core (1.00: nothing is lost)") +
         wall_table(results, rows, "Work of several workers (WORKERSonCORES), microseconds a unit, medians (ratio: to Linux)") +
         crew_table(results, Kind::wall_ns, true, "Throughput by wall, a worker a core, over that on one core");
}

}  // namespace tessera::bench
