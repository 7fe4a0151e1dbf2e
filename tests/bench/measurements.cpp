// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/measurements.hpp"

#include <algorithm>
#include <sstream>

#include "tests/bench/rows.hpp"
#include "tests/bench/scaling.hpp"
#include "tools/support/size.hpp"

namespace tessera::bench {
namespace {

constexpr const char* kWallFactor = "3";  // times as many iterations where time is noisy

std::vector<Row> parse_rows(const std::string& output) {
  std::vector<Row> rows;
  std::istringstream lines(output);
  for (std::string line; std::getline(lines, line);) {
    if (const auto row = parse_row(line)) rows.push_back(*row);
  }
  return rows;
}

std::string last_line(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  const std::size_t at = text.rfind('\n');
  return at == std::string::npos ? text : text.substr(at + 1);
}

}  // namespace

std::optional<Row> parse_row(std::string_view line) {
  while (line.ends_with('\r')) line.remove_suffix(1);
  std::vector<std::string_view> fields;
  while (true) {
    const std::size_t tab = line.find('\t');
    fields.push_back(line.substr(0, tab));
    if (tab == std::string_view::npos) break;
    line.remove_prefix(tab + 1);
  }
  if (fields.size() < 3 || fields.size() > 4) return std::nullopt;
  const auto iterations = tools::parse_number(fields[1]), ticks = tools::parse_number(fields[2]);
  const auto picoseconds = tools::parse_number(fields.size() == 4 ? fields[3] : "0");
  if (!iterations || !ticks || !picoseconds) return std::nullopt;
  return Row{std::string(fields[0]), static_cast<double>(*iterations), static_cast<double>(*ticks),
             static_cast<double>(*picoseconds)};
}

Batch microbench_rows(std::vector<std::string> rows, bool packages, bool icount) {
  Batch batch{.command = {"/bin/microbench"}, .rows = std::move(rows), .packages = packages, .icount = icount};
  if (!icount) batch.command.insert(batch.command.end(), {"--factor", kWallFactor});
  return batch;
}

Batch scaling_rows(std::vector<std::string> rows, unsigned cpus, bool icount) {
  Batch batch{.command = {"/bin/scaling"},
              .rows = std::move(rows),
              .name_in_results = [cpus](const std::string& row) { return scaling_row(row, cpus); },
              .icount = icount,
              .cpus = cpus};
  if (!icount) batch.command.insert(batch.command.end(), {"--factor", kWallFactor});
  return batch;
}

Batch latency_batch(std::vector<std::string> rows, unsigned cpus, bool icount) {
  return {.command = {"/bin/latency"},
          .rows = std::move(rows),
          .name_in_results = [cpus](const std::string& row) { return latency_row(row, cpus); },
          .icount = icount,
          .cpus = cpus};
}

Batch storage_batch(std::vector<std::string> rows, const DiskImage& image, DiskKind kind, bool icount) {
  Batch batch{.command = {"/bin/storage"},
              .rows = std::move(rows),
              .name_in_results = [kind](const std::string& row) { return storage_row(row, kind); },
              .icount = icount,
              .image = &image,
              .disk_kind = kind};
  // The machine waits for its disk, in the host's time: guest/soak.h.
  if (icount) batch.command.push_back("--soak");
  return batch;
}

Result<std::vector<std::string>> measure_rows(const Side& side, Batch batch, Results& results) {
  std::vector<std::string> failed;
  std::vector<std::string>& rows = batch.rows;
  while (!rows.empty()) {
    GuestRun run{.command = batch.command, .icount = batch.icount, .cpus = batch.cpus, .packages = batch.packages};
    if (batch.packages) run.memory_mib = kPackageMemoryMiB;
    run.command.insert(run.command.end(), rows.begin(), rows.end());
    std::optional<DiskImage> image;
    if (batch.image != nullptr) {
      image.emplace(TRY(batch.image->copy()));
      run.disk = {image->file(), batch.disk_kind};
    }
    const Ended ended = TRY(side.run(run));
    for (const Row& row : parse_rows(ended.output)) {
      if (std::erase(rows, row.name) == 0) continue;
      results.add(batch.name_in_results(row.name), side.system(), batch.icount ? Kind::instructions : Kind::wall_ns,
                  batch.icount ? row.ticks : row.picoseconds / 1000);
    }
    if (rows.empty()) break;
    const std::string why = last_line(ended.errors.empty() ? ended.output : ended.errors);
    failed.push_back(std::string(name(side.system())) + ": " + batch.name_in_results(rows.front()) + ": status " +
                     std::to_string(ended.status) + ": " + why);
    // 125: the machine itself; another one would not do better.
    if (ended.status == 125 || ended.status == 127) break;
    rows.erase(rows.begin());
  }
  return failed;
}

}  // namespace tessera::bench
