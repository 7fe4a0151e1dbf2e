// SPDX-License-Identifier: Apache-2.0
// The command line of tessera-bench.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "tests/bench/bench_machine.hpp"
#include "tools/support/result.hpp"

namespace tessera::bench {

using tools::Result;

struct Options {
  const BenchMachine* machine = &usual_machine();
  std::string filter;                // rows whose name holds this; "": all
  std::string json;                  // file to write; "": none
  std::string compare;               // file of an earlier run; "": none
  std::string chart;                 // SVG file to write; "": none
  std::string from;                  // file of an earlier run, shown in place of a run; "": none
  std::vector<unsigned> cpus{1, 2};  // numbers of cores for scaling rows; the first is 1
  unsigned wall_runs = 5;
  bool quick = false;
  bool size_only = false;
  bool help = false;
};

[[nodiscard]] Result<Options> parse_options(std::span<const std::string> words);

}  // namespace tessera::bench
