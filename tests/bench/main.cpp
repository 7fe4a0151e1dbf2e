// SPDX-License-Identifier: Apache-2.0
// tessera-bench, behind `./tessera bench`. See docs/bench.md.
#include <cstdio>
#include <memory>
#include <sstream>

#include "tests/bench/linux_side.hpp"
#include "tests/bench/measurements.hpp"
#include "tests/bench/options.hpp"
#include "tests/bench/rows.hpp"
#include "tests/bench/size.hpp"
#include "tests/bench/table.hpp"
#include "tests/bench/tessera_side.hpp"
#include "tools/run/help.hpp"
#include "tools/support/arguments.hpp"
#include "tools/support/file.hpp"
#include "tools/support/process.hpp"

namespace tessera::bench {
namespace {

// One run of the harness: keeps what was found and what could not be done.
class Bench {
 public:
  Bench(Options options, TesseraPaths paths) : options_(std::move(options)), paths_(std::move(paths)) {}

  int run() {
    if (!options_.size_only) measure_systems();
    if (options_.size_only || options_.filter.empty()) {
      note("size of the nucleus", measure_bytes(paths_.nucleus(), results_));
      note("lines of the nucleus", measure_lines(paths_.source + "/kernel", results_));
    }
    return show();
  }

 private:
  void note(const std::string& what, const Result<void>& done) {
    if (!done) problems_.push_back(what + ": " + done.error().message);
  }

  void measure_systems() {
    prepare_sides(!chosen_guest_rows(options_.filter, options_.quick, true).empty());
    const auto rows = chosen_guest_rows(options_.filter, options_.quick, false);
    const auto programs = chosen_guest_rows(options_.filter, options_.quick, true);
    const bool boot = wanted(kBootRow, options_.filter);
    for (const auto& side : sides_) {
      measure(*side, rows, false, true);
      measure(*side, programs, true, true);
      if (boot) measure_boot_of(*side, true);
    }
    if (any_nucleus_row(options_.filter)) {
      say("nucleus, instruction counts");
      note("nucleus", measure_nucleus(paths_, true, results_));
    }
    // Systems take turns, so that a slow minute of the host hits all.
    for (unsigned at = 0; at < options_.wall_runs; ++at) {
      say("wall times, run " + std::to_string(at + 1) + " of " + std::to_string(options_.wall_runs));
      for (const auto& side : sides_) {
        measure(*side, rows, false, false);
        measure(*side, programs, true, false);
        if (boot) measure_boot_of(*side, false);
      }
    }
    if (!options_.quick && wanted(kMemoryRow, options_.filter)) {
      for (const auto& side : sides_) {
        if (side->system() == System::shared) continue;  // the view changes nothing here
        say(std::string(name(side->system())) + ", least memory");
        note(std::string(name(side->system())) + ": least memory", measure_least_memory(*side, results_));
      }
    }
  }

  void prepare_sides(bool packages) {
    const std::string cache = paths_.linux_cache();
    auto files = LinuxSide::prepare(cache, paths_.programs());
    if (packages) note("linux", LinuxSide::prepare_packages(cache, paths_.package_cache(), paths_.programs()));
    if (files) {
      linux_version_ = files->version;
      sides_.push_back(std::make_unique<LinuxSide>(*files, cache));
    } else {
      problems_.push_back("linux: " + files.error().message);
    }
    for (const System view : {System::shared, System::protected_view})
      sides_.push_back(std::make_unique<TesseraSide>(paths_, view));
  }

  void measure(const Side& side, const std::vector<std::string>& rows, bool packages, bool icount) {
    if (rows.empty()) return;
    if (icount) say(std::string(name(side.system())) + ", instruction counts");
    const auto failed = measure_rows(side, rows, packages, icount, results_);
    if (!failed) {
      problems_.push_back(std::string(name(side.system())) + ": " + failed.error().message);
      return;
    }
    problems_.insert(problems_.end(), failed->begin(), failed->end());
  }

  void measure_boot_of(const Side& side, bool icount) {
    note(std::string(name(side.system())) + ": boot", measure_boot(side, icount, results_));
  }

  static std::string processor() {
    std::istringstream lines(tools::read_file("/proc/cpuinfo").value_or(""));
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with("model name")) return line.substr(std::min(line.find(':') + 2, line.size()));
    }
    return "unknown";
  }

  static std::string qemu() {
    const auto text = tools::run_program({{"qemu-system-x86_64", "--version"}, ""});
    return text ? text->substr(0, text->find('\n')) : "no QEMU";
  }

  int show() {
    std::string text = "Host: " + processor() + "; " + qemu() + "\n";
    if (!linux_version_.empty()) text += "Linux: " + linux_version_ + "; both: -M q35 -cpu " + kProcessor + " -smp 1 -m 512M\n";
    text += tables(results_);
    std::fputs(text.c_str(), stdout);
    if (!options_.compare.empty()) compare();
    if (!options_.json.empty()) note(options_.json, tools::write_file(options_.json, results_.json(processor(), qemu())));
    for (const std::string& problem : problems_) say(problem);
    return problems_.empty() ? 0 : 1;
  }

  void compare() {
    const auto old = tools::read_file(options_.compare);
    const auto before = old ? Results::from_json(*old) : tools::Result<Results>(std::unexpected(old.error()));
    if (!before) {
      problems_.push_back(options_.compare + ": " + before.error().message);
      return;
    }
    std::fputs(changes(*before, results_).c_str(), stdout);
  }

  Options options_;
  TesseraPaths paths_;
  std::vector<std::unique_ptr<Side>> sides_;
  std::string linux_version_;
  Results results_;
  std::vector<std::string> problems_;
};

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
  return Bench(*options, TesseraPaths::find()).run();
}
