// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/table.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <format>
#include <vector>

#include "tests/bench/figures.hpp"
#include "tests/bench/row_table.hpp"
#include "tests/bench/rows.hpp"
#include "tests/bench/scaling_table.hpp"
#include "tests/bench/size.hpp"
#include "tests/bench/storage.hpp"

namespace tessera::bench {
namespace {

std::vector<std::string> guest_row_names() {
  std::vector<std::string> names;
  for (const GuestGroup& group : guest_groups()) {
    for (const GuestRow& row : group.rows) names.push_back(row.name);
  }
  names.push_back(kBootRow);
  for (const std::string& name : latency_rows()) names.push_back(name);
  return names;
}

std::string storage_tables(const Results& results) {
  std::string text;
  for (const DiskKind kind : kDiskKinds) {
    const auto rows = storage_rows(kind);
    const std::string on = kind == DiskKind::nvme ? "NVMe" : "virtio-blk";
    text += count_table(results, rows, "Files on ext4 on " + on + ", instructions an iteration (ratio: to Linux)") +
            wall_table(results, rows, "Files on ext4 on " + on + ", microseconds an iteration, medians (ratio: to Linux)");
  }
  return text;
}

std::string nucleus_table(const Results& results, bool aarch64) {
  std::string text;
  for (const NucleusRow& row : nucleus_rows()) {
    const Value ours = results.value(row.name, System::nucleus, Kind::instructions);
    if (!ours) continue;
    const auto& sel4 = aarch64 ? row.sel4_aarch64 : row.sel4_x86_64;
    text += std::format("{:<36} {:>10} {:>10} {:>8}\n", row.name, number(ours, 0), number(sel4, 0), ratio(ours, sel4));
  }
  if (text.empty()) return text;
  return "\nNucleus, instructions (seL4: the reference figures, not measured in this run)\n" +
         std::format("{:<36} {:>10} {:>10} {:>8}\n", "row", "Tessera", "seL4", "ratio") + text;
}

std::string interference_table(const Results& results) {
  std::string text;
  for (const auto& [key, samples] : results.all()) {
    const auto& [row, system, kind] = key;
    if (kind != Kind::ratio) continue;
    text += std::format("{:<36} {:>20} {:>10}\n", row, with_range(spread_of(samples)),
                        number(results.value(row + kWaitsOf, system, Kind::waits), 0));
  }
  if (text.empty()) return text;
  return "\nA round trip on one core beside another namespace's work on a second, over that beside its computing; waits for locks\n" +
         std::format("{:<36} {:>20} {:>10}\n", "row", "ratio", "waits") + text;
}

std::string component_table(const Results& results) {
  std::vector<std::string> rows(ring_rows().begin(), ring_rows().end());
  rows.insert(rows.end(), task_rows().begin(), task_rows().end());
  std::string text;
  for (const std::string& row : rows) {
    const Value bytes = results.value(row, System::nucleus, Kind::bytes);
    const Value count = bytes ? bytes : results.value(row, System::nucleus, Kind::instructions);
    const auto& wall = results.samples(row + kTwoCores, System::nucleus, Kind::wall_ns);
    if (!count && wall.empty()) continue;
    text += std::format("{:<36} {:>12} {:>24}\n", row, number(count, 0), with_deviation(spread_of(wall), 1));
  }
  if (text.empty()) return text;
  return "\nRings and tasks: instructions on one core (task-bytes: bytes); nanoseconds from core to core\n" +
         std::format("{:<36} {:>12} {:>24}\n", "row", "one core", "two cores") + text;
}

std::string memory_table(const Results& results) {
  const auto mib = [&](System system) {
    const Value bytes = results.value(kMemoryRow, system, Kind::bytes);
    return number(bytes ? Value(*bytes / (1 << 20)) : bytes, 0);
  };
  std::string text =
      std::format("shared {}, protected {}, Linux {}", mib(System::shared), mib(System::protected_view), mib(System::linux_kernel));
  if (text.find_first_of("0123456789") == std::string::npos) return "";
  return "\nLeast memory in which `sh -c 'ls -l / | wc -l'` runs, MiB: " + text + "\n";
}

std::string size_table(const Results& results) {
  std::string text;
  const std::array<std::pair<std::string, Kind>, 8> rows{{{kTextRow, Kind::bytes},
                                                          {kReadOnlyRow, Kind::bytes},
                                                          {kDataRow, Kind::bytes},
                                                          {kZeroRow, Kind::bytes},
                                                          {kLinesRow, Kind::lines},
                                                          {kCodeLinesRow, Kind::lines},
                                                          {kArchLinesRow, Kind::lines},
                                                          {kUnsafeLinesRow, Kind::lines}}};
  for (const auto& [row, kind] : rows) {
    const Value value = results.value(row, System::nucleus, kind);
    if (value) text += std::format("{:<36} {:>10} {}\n", row, number(value, 0), name(kind));
  }
  return text.empty() ? text : "\nNucleus, size\n" + text;
}

}  // namespace

std::string tables(const Record& record) {
  const Results& results = record.results;
  const auto rows = guest_row_names();
  std::string text;
  for (const std::string& line : heading(record.on)) text += line + "\n";
  return text + count_table(results, rows, "System calls, instructions an iteration (ratio: to Linux)") +
         wall_table(results, rows, "System calls, microseconds an iteration, medians (ratio: to Linux)") +
         storage_tables(results) + scaling_tables(results) +
         nucleus_table(results, record.on.architecture == "aarch64") + interference_table(results) + component_table(results) + memory_table(results) + size_table(results);
}

std::string changes(const Record& before, const Record& after) {
  constexpr std::string_view kLine = "{:<36} {:<18} {:<13} {:>15} {:>15} {:>7}\n";
  std::string text;
  for (const auto& [key, samples] : after.results.all()) {
    const auto& [row, system, kind] = key;
    const Value now = after.results.value(row, system, kind), old = before.results.value(row, system, kind);
    if (!now || !old || *old <= 0) continue;
    const double noise = kind == Kind::wall_ns ? 0.10 : kind == Kind::instructions ? 0.01 : 0;
    if (std::abs(*now / *old - 1) <= noise) continue;
    text += std::format(kLine, row, name(system), name(kind), number(old, 0), number(now, 0), ratio(now, old));
  }
  std::string taken;
  const auto then = heading(before.on), today = heading(after.on);
  for (const std::string& line : then) {
    if (std::ranges::find(today, line) == today.end()) taken += "  before, " + line + "\n";
  }
  if (text.empty()) return "\nNothing changed by more than noise.\n" + taken;
  return "\nChanged\n" + taken + std::format(kLine, "row", "system", "kind", "before", "now", "ratio") + text;
}

}  // namespace tessera::bench
