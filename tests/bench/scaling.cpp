// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/scaling.hpp"

#include "tests/bench/rows.hpp"

namespace tessera::bench {

std::span<const Work> works() {
  static const std::vector<Work> works{{.name = "fork-exec", .quick = true},
                                       {.name = "sha256"},
                                       {.name = "futex-pairs"},
                                       {.name = "pipe-pairs"},
                                       {.name = "page-faults"},
                                       {.name = "shared-page-faults", .shared = true},
                                       {.name = "shared-pipe", .shared = true},
                                       {.name = "shared-futex", .shared = true}};
  return works;
}

std::string guest_row(const std::string& work, unsigned workers) { return work + ":" + std::to_string(workers); }

std::string scaling_row(const std::string& guest_row, unsigned cpus) { return "scale-" + guest_row + "on" + std::to_string(cpus); }

std::string scaling_row(const std::string& work, Crew crew) { return scaling_row(guest_row(work, crew.workers), crew.cpus); }

std::vector<std::string> chosen_scaling_rows(const std::string& filter, bool quick, unsigned cpus, std::span<const unsigned> list) {
  std::vector<std::string> rows;
  for (const Work& work : works()) {
    if (!wanted("scale-" + work.name, filter) || (quick && !work.quick)) continue;
    rows.push_back(guest_row(work.name, cpus));
    if (!work.shared || cpus != 1) continue;
    for (const unsigned workers : list) {
      if (workers != 1) rows.push_back(guest_row(work.name, workers));
    }
  }
  return rows;
}

std::vector<std::string> possible_scaling_rows(const Work& work) {
  std::vector<std::string> rows{scaling_row(work.name, {1, 1})};
  for (unsigned cpus = 2; cpus <= kMostCpus; ++cpus) {
    if (work.shared) rows.push_back(scaling_row(work.name, {cpus, 1}));
    rows.push_back(scaling_row(work.name, {cpus, cpus}));
  }
  return rows;
}

}  // namespace tessera::bench
