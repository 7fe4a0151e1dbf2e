// SPDX-License-Identifier: Apache-2.0
// Rows of work that several workers do at once, on one core and on more
// (guest/scaling.c). The same work has a row for each number of workers and cores.
#pragma once

#include <span>
#include <string>
#include <vector>

namespace tessera::bench {

inline constexpr unsigned kMostCpus = 64;  // of guest/scaling.c and of the machines

struct Work {
  std::string name;     // as the guest program knows it
  bool shared = false;  // workers get in each other's way
  bool quick = false;   // part of --quick
};
[[nodiscard]] std::span<const Work> works();

struct Crew {
  unsigned workers = 1, cpus = 1;
};

// `sha256:2`: what the guest program takes and prints.
[[nodiscard]] std::string guest_row(const std::string& work, unsigned workers);
// `scale-sha256:2on1`: the row in the results; CPUS behind what guest_row gives.
[[nodiscard]] std::string scaling_row(const std::string& guest_row, unsigned cpus);
[[nodiscard]] std::string scaling_row(const std::string& work, Crew crew);

// What to run in a machine with CPUS cores, as guest_row names it: as many workers
// as cores; on one core also as many as each entry of LIST says, for shared work,
// so that more cores can be held against the same workers on one.
[[nodiscard]] std::vector<std::string> chosen_scaling_rows(const std::string& filter, bool quick, unsigned cpus,
                                                           std::span<const unsigned> list);

// All rows that a work can have in results, in the order of tables.
[[nodiscard]] std::vector<std::string> possible_scaling_rows(const Work& work);

}  // namespace tessera::bench
