// SPDX-License-Identifier: Apache-2.0
// tessera-bench, behind `./tessera bench`. See docs/bench.md.
#include <cstdio>

#include "tests/bench/chart.hpp"
#include "tests/bench/options.hpp"
#include "tests/bench/record.hpp"
#include "tests/bench/rows.hpp"
#include "tests/bench/session.hpp"
#include "tests/bench/table.hpp"
#include "tools/run/help.hpp"
#include "tools/support/arguments.hpp"
#include "tools/support/file.hpp"

namespace tessera::bench {
namespace {

Result<Record> read_record(const std::string& path) {
  auto record = from_json(TRY(tools::read_file(path)));
  if (!record) return tools::fail(path + ": " + record.error().message);
  return record;
}

// From a file that may hold more rows than are wanted.
Result<Record> read_wanted(const std::string& path, const std::string& filter) {
  const Record all = TRY(read_record(path));
  Record record{all.on, {}};
  for (const auto& [key, samples] : all.results.all()) {
    const auto& [row, system, kind] = key;
    if (!wanted(row, filter)) continue;
    for (const double sample : samples) record.results.add(row, system, kind, sample);
  }
  return record;
}

Result<void> compare(const std::string& path, const Record& now) {
  const Record before = TRY(read_record(path));
  if (before.on.architecture != now.on.architecture) return tools::fail(path + ": taken on " + before.on.architecture + ", this on " + now.on.architecture);
  std::fputs(changes(before, now).c_str(), stdout);
  return {};
}

Result<void> draw(const std::string& path, const Record& record) { return tools::write_file(path, TRY(chart(record))); }

int show(const Options& options, const Record& record, std::vector<std::string> problems) {
  const auto note = [&](const Result<void>& done) {
    if (!done) problems.push_back(done.error().message);
  };
  std::fputs(tables(record).c_str(), stdout);
  if (!options.compare.empty()) note(compare(options.compare, record));
  if (!options.json.empty()) note(tools::write_file(options.json, to_json(record)));
  if (!options.chart.empty()) note(draw(options.chart, record));
  for (const std::string& problem : problems) say(problem);
  return problems.empty() ? 0 : 1;
}

int run(const Options& options) {
  if (!options.from.empty()) {
    const auto record = read_wanted(options.from, options.filter);
    if (record) return show(options, *record, {});
    say(record.error().message);
    return 1;
  }
  Session session(options, TesseraPaths::find(*options.machine));
  const Record record = session.measure();
  return show(options, record, session.problems());
}

}  // namespace
}  // namespace tessera::bench

int main(int count, char** values) {
  using namespace tessera::bench;
  const auto words = tessera::tools::arguments(count, values);
  const auto options = parse_options(std::span(words).subspan(words.empty() ? 0 : 1));
  if (!options) {
    say(options.error().message);
    return 125;
  }
  if (options->help) {
    std::fputs(std::string(tessera::tools::run::help_page("bench")).c_str(), stdout);
    return 0;
  }
  return run(*options);
}
