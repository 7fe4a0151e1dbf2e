// SPDX-License-Identifier: Apache-2.0
// What results were taken on: figures of two runs are comparable only as far as this
// is the same. A field is empty where it is not known.
#pragma once

#include <string>
#include <vector>

#include "tests/bench/bench_machine.hpp"

namespace tessera::bench {

struct TakenOn {
  std::string architecture;  // as --arch takes it
  std::string processor;   // the host's model name
  std::string processors;  // how many CPUs the host has for this run
  std::string host_kernel;
  std::string qemu;          // the first line of its --version
  std::string commit;        // of Tessera; ends with -dirty when files differ from it
  std::string machine;       // QEMU's options for the machines of all systems
  std::string linux_kernel;  // the package of the Linux that is compared with; empty when none was run
};

// Asks the host; SOURCE is the project's directory. Leaves linux_kernel empty.
[[nodiscard]] TakenOn find_taken_on(const std::string& source, const BenchMachine& machine);

// As lines for people, without ends of line.
[[nodiscard]] std::vector<std::string> heading(const TakenOn& on);

}  // namespace tessera::bench
