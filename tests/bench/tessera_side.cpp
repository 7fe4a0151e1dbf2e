// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/tessera_side.hpp"

#include <cmath>
#include <sstream>

#include "tests/bench/measurements.hpp"
#include "tests/bench/rows.hpp"
#include "tools/support/file.hpp"
#include "tools/support/temporary.hpp"

namespace tessera::bench {
namespace {

std::vector<std::string> common_words(const TesseraPaths& paths, unsigned memory_mib, unsigned cpus, bool icount,
                                      unsigned limit_seconds) {
  std::vector<std::string> words{paths.tool(),  "run",
                                 "--arch",      paths.machine.arch,
                                 "--cpu-model", paths.machine.processor,
                                 "--memory",    std::to_string(memory_mib) + "M",
                                 "--cpus",      std::to_string(cpus),
                                 "--timeout",   std::to_string(limit_seconds)};
  if (icount) words.push_back("--icount");
  return words;
}

// What components/bench tells in the log of a manifest's system.
Result<std::vector<Row>> bench_rows(const TesseraPaths& paths, const std::string& manifest, unsigned cpus, bool icount) {
  const tools::TemporaryDirectory temporary = TRY(tools::TemporaryDirectory::make());
  const std::string log = temporary.path() + "/log";
  std::vector<std::string> words = common_words(paths, kMemoryMiB, cpus, icount, 120);
  words.insert(words.end(), {"--system", paths.source + "/" + manifest, "--log", log});
  const Ended ended = TRY(run_machine({words, 150, ""}));
  if (ended.status != 0) return tools::fail(manifest + " ended with status " + std::to_string(ended.status) + ": " + ended.errors);
  std::vector<Row> rows;
  std::istringstream lines(tools::read_file(log).value_or(""));
  for (std::string line; std::getline(lines, line);) {
    const std::size_t at = line.find("bench: ");
    if (at == std::string::npos) continue;
    if (const auto row = parse_row(line.substr(at + 7))) rows.push_back(*row);
  }
  return rows;
}

}  // namespace

Result<Ended> TesseraSide::run(const GuestRun& run) const {
  std::vector<std::string> words = common_words(paths_, run.memory_mib, run.cpus, run.icount, run.limit_seconds);
  words.insert(words.end(), {"--view", view_ == System::shared ? "shared" : "protected"});
  for (const char* program : {"latency", "microbench", "microbench-exit", "scaling"}) {
    words.insert(words.end(), {"--add", paths_.programs() + "/" + program + ":/bin/" + program});
  }
  if (run.disk) words.insert(words.end(), {"--add", paths_.programs() + "/storage:/bin/storage", "--disk", tool_word(*run.disk), "--no-iommu"});  // as Linux' machine
  if (run.packages) words.insert(words.end(), {"--package", kPackages});
  words.push_back("--");
  words.insert(words.end(), run.command.begin(), run.command.end());
  // The tool has a time limit of its own, which says where the machine hangs.
  return run_machine({words, run.limit_seconds + 30, run.marker});
}

Result<void> measure_nucleus(const TesseraPaths& paths, bool icount, Results& results) {
  for (const Row& row : TRY(bench_rows(paths, "systems/bench.toml", 1, icount))) {
    results.add(row.name, System::nucleus, Kind::instructions, row.ticks);
  }
  return {};
}

Result<void> measure_rings(const TesseraPaths& paths, Results& results) {
  for (const Row& row : TRY(bench_rows(paths, "systems/rings.toml", 1, true))) {
    results.add(row.name, System::nucleus, Kind::instructions, row.ticks);
  }
  return {};
}

Result<void> measure_tasks(const TesseraPaths& paths, Results& results) {
  for (const Row& row : TRY(bench_rows(paths, "systems/tasks.toml", 1, true))) {
    results.add(row.name, System::nucleus, row.name == kTaskBytes ? Kind::bytes : Kind::instructions, row.ticks);
  }
  return {};
}

Result<void> measure_rings_on_two_cores(const TesseraPaths& paths, Results& results) {
  for (const Row& row : TRY(bench_rows(paths, "systems/rings-two-cores.toml", 2, false))) {
    results.add(row.name, System::nucleus, Kind::wall_ns, row.ticks);
  }
  return {};
}

Result<void> measure_interference(const TesseraPaths& paths, Results& results) {
  for (const Row& row : TRY(bench_rows(paths, "systems/interference.toml", 2, false))) {
    const bool waits = row.name.ends_with(kWaitsOf);
    results.add(row.name, System::nucleus, waits ? Kind::waits : Kind::ratio, waits ? row.ticks : row.ticks / 1000);
  }
  return {};
}

}  // namespace tessera::bench
