// SPDX-License-Identifier: Apache-2.0
// Running rows of the guest's programs on one side, and reading what they print.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "tests/bench/machine_side.hpp"

namespace tessera::bench {

struct Row {
  std::string name;
  double iterations = 0;
  double ticks = 0;        // an iteration
  double picoseconds = 0;  // an iteration; 0 when the line has none
};

// `name <tab> iterations <tab> ticks [<tab> picoseconds]`; other lines are none.
[[nodiscard]] std::optional<Row> parse_row(std::string_view line);

// Rows that one program of the guest measures. It takes their names and prints them.
struct Batch {
  std::vector<std::string> command;  // the program and its options
  std::vector<std::string> rows;
  std::function<std::string(const std::string&)> name_in_results = [](const std::string& row) { return row; };
  bool packages = false;
  bool icount = false;
  unsigned cpus = 1;
  const DiskImage* image = nullptr;  // each machine gets a copy as its disk
  DiskKind disk_kind = DiskKind::virtio;
};

// Runs the batch in as few machines as possible: a row that breaks the program is
// passed over and the rest run in another. Instruction counts with icount, else
// wall times. Returns the names of the rows that failed, each with the reason.
[[nodiscard]] Result<std::vector<std::string>> measure_rows(const Side& side, Batch batch, Results& results);

// Rows of microbench; those of Debian's programs where PACKAGES.
[[nodiscard]] Batch microbench_rows(std::vector<std::string> rows, bool packages, bool icount);

// Rows of scaling, in a machine with CPUS cores.
[[nodiscard]] Batch scaling_rows(std::vector<std::string> rows, unsigned cpus, bool icount);

// Rows of latency, in a machine with CPUS cores.
[[nodiscard]] Batch latency_batch(std::vector<std::string> rows, unsigned cpus, bool icount);

// Rows of storage, on a copy of the image. It must live until they are measured.
[[nodiscard]] Batch storage_batch(std::vector<std::string> rows, const DiskImage& image, DiskKind kind, bool icount);

// From QEMU's start to the program's first output.
[[nodiscard]] Result<void> measure_boot(const Side& side, bool icount, Results& results);

// The smallest memory, in MiB, in which a shell pipeline runs.
[[nodiscard]] Result<void> measure_least_memory(const Side& side, Results& results);

}  // namespace tessera::bench
