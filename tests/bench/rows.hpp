// SPDX-License-Identifier: Apache-2.0
// The rows and their order. Names are those that microbench and components/bench print.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tessera::bench {

struct GuestRow {
  std::string name;
  bool quick = false;  // part of --quick
};
struct GuestGroup {
  std::string title;
  bool programs = false;  // Debian's
  std::vector<GuestRow> rows;
};
[[nodiscard]] std::span<const GuestGroup> guest_groups();

struct NucleusRow {
  std::string name;
  std::optional<double> sel4_x86_64, sel4_aarch64;  // the same operation of seL4, in instructions
};
[[nodiscard]] std::span<const NucleusRow> nucleus_rows();

// Of rings and tasks (systems/rings.toml, tasks.toml), by instructions; those of rings also on two
// cores (systems/rings-two-cores.toml), by wall time, under names that end so.
[[nodiscard]] std::span<const std::string> ring_rows();
[[nodiscard]] std::span<const std::string> task_rows();
inline const std::string kTaskBytes = "task-bytes";  // not instructions, but memory
inline const std::string kTwoCores = "-two-cores";

// Rows of systems/interference.toml begin so; their numbers of waits end so.
inline const std::string kInterference = "interference";
inline const std::string kWaitsOf = "-waits";

// Of an interactive exchange beside processes that compute (guest/latency.c), in a machine
// with so many cores. One run of the program measures all that it is asked for.
inline constexpr std::array<unsigned, 2> kLatencyCpus{1, 2};
[[nodiscard]] std::string latency_row(const std::string& guest_row, unsigned cpus);
[[nodiscard]] std::vector<std::string> latency_rows();  // all of them, as in the results
// As the program knows them.
[[nodiscard]] std::vector<std::string> chosen_latency_rows(const std::string& filter, unsigned cpus);

// Rows that the harness measures from outside.
inline const std::string kBootRow = "boot";
inline const std::string kMemoryRow = "least-memory";

// Whether the filter lets a row through.
[[nodiscard]] bool wanted(const std::string& row, const std::string& filter);
// Names of the guest rows to run: those of system calls, or of programs.
[[nodiscard]] std::vector<std::string> chosen_guest_rows(const std::string& filter, bool quick, bool programs);
[[nodiscard]] bool any_nucleus_row(const std::string& filter);
[[nodiscard]] bool any_wanted(std::span<const std::string> rows, const std::string& filter);

}  // namespace tessera::bench
