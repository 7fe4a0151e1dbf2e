// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/chart.hpp"

#include "tests/bench/bar_chart.hpp"
#include "tests/bench/rows.hpp"
#include "tests/bench/scaling.hpp"
#include "tests/bench/spread.hpp"

namespace tessera::bench {
namespace {

std::optional<double> over_linux(const Results& results, const std::string& row, System system, Kind kind) {
  const auto ratio = ratio_of(results.samples(row, system, kind), results.samples(row, System::linux_kernel, kind));
  return ratio ? std::optional(ratio->median) : std::nullopt;
}

class Groups {
 public:
  Groups(const Results& results, Kind kind) : results_(results), kind_(kind) {}

  void begin(const std::string& title) { group_ = {title + (kind_ == Kind::instructions ? ", instructions" : ", wall time"), {}}; }
  void add(const std::string& row) {
    const auto shared = over_linux(results_, row, System::shared, kind_),
               hidden = over_linux(results_, row, System::protected_view, kind_);
    if (shared || hidden) group_.bars.push_back({row, {shared, hidden}});
  }
  void end(std::vector<BarGroup>& groups) {
    if (!group_.bars.empty()) groups.push_back(std::move(group_));
  }

 private:
  const Results& results_;
  Kind kind_;
  BarGroup group_;
};

void add_groups(const Results& results, Kind kind, std::vector<BarGroup>& all) {
  Groups groups(results, kind);
  for (const GuestGroup& group : guest_groups()) {
    groups.begin(group.title);
    for (const GuestRow& row : group.rows) groups.add(row.name);
    groups.end(all);
  }
  groups.begin("Boot");
  groups.add(kBootRow);
  groups.end(all);
  groups.begin("Several workers (WORKERSonCORES)");
  for (const Work& work : works()) {
    for (const std::string& row : possible_scaling_rows(work)) groups.add(row);
  }
  groups.end(all);
}

}  // namespace

Result<std::string> chart(const Record& record) {
  BarChart chart{.title = "Tessera beside Linux, both in QEMU: what Tessera takes, where Linux takes 1. Left is better.",
                 .series = {"shared view", "protected view"},
                 .groups = {},
                 .notes = heading(record.on)};
  for (const Kind kind : {Kind::instructions, Kind::wall_ns}) add_groups(record.results, kind, chart.groups);
  if (chart.groups.empty()) return tools::fail("no row has a figure of Tessera and one of Linux: nothing to draw");
  return draw(chart);
}

}  // namespace tessera::bench
