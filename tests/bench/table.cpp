// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/table.hpp"

#include <array>
#include <cmath>
#include <format>
#include <vector>

#include "tests/bench/rows.hpp"
#include "tests/bench/size.hpp"

namespace tessera::bench {
namespace {

using Value = std::optional<double>;

// 1234567 -> "1,234,567"; small numbers with what comes behind the point.
std::string number(Value value, int decimals) {
  if (!value) return "-";
  std::string text = std::format("{:.{}f}", *value, decimals);
  std::size_t end = text.find('.');
  if (end == std::string::npos) end = text.size();
  for (std::size_t at = end; at > 3; at -= 3) {
    if (at != end || end > 3) text.insert(at - 3, ",");
  }
  return text;
}

std::string ratio(Value ours, Value theirs) {
  if (!ours || !theirs || *theirs <= 0) return "-";
  return std::format("{:.2f}", *ours / *theirs);
}

std::vector<std::string> guest_row_names() {
  std::vector<std::string> names;
  for (const GuestRow& row : guest_rows()) names.push_back(row.name);
  names.push_back(kBootRow);
  return names;
}

std::string guest_table(const Results& results, Kind kind, const std::string& title) {
  const double unit = kind == Kind::wall_ns ? 1000 : 1;
  const int decimals = kind == Kind::wall_ns ? 2 : 0;
  std::string text;
  for (const std::string& row : guest_row_names()) {
    const auto scaled = [&](System system) {
      const Value value = results.value(row, system, kind);
      return value ? Value(*value / unit) : value;
    };
    const Value shared = scaled(System::shared), hidden = scaled(System::protected_view), theirs = scaled(System::linux_kernel);
    if (!shared && !hidden && !theirs) continue;
    text += std::format("{:<22} {:>14} {:>14} {:>16} {:>8} {:>10}\n", row, number(shared, decimals), number(hidden, decimals),
                        number(theirs, decimals), ratio(shared, theirs), ratio(hidden, theirs));
  }
  if (text.empty()) return text;
  return "\n" + title + "\n" +
         std::format("{:<22} {:>14} {:>14} {:>16} {:>8} {:>10}\n", "row", "shared", "protected", "Linux", "ratio", "protected") +
         text;
}

std::string nucleus_table(const Results& results) {
  std::string text;
  for (const NucleusRow& row : nucleus_rows()) {
    const Value ours = results.value(row.name, System::nucleus, Kind::instructions);
    if (!ours) continue;
    text += std::format("{:<36} {:>10} {:>10} {:>8}\n", row.name, number(ours, 0), number(row.sel4, 0), ratio(ours, row.sel4));
  }
  if (text.empty()) return text;
  return "\nNucleus, instructions (seL4: the reference figures, not measured in this run)\n" +
         std::format("{:<36} {:>10} {:>10} {:>8}\n", "row", "Tessera", "seL4", "ratio") + text;
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
  const std::array<std::pair<std::string, Kind>, 7> rows{{{kTextRow, Kind::bytes},
                                                          {kReadOnlyRow, Kind::bytes},
                                                          {kDataRow, Kind::bytes},
                                                          {kZeroRow, Kind::bytes},
                                                          {kLinesRow, Kind::lines},
                                                          {kCodeLinesRow, Kind::lines},
                                                          {kUnsafeLinesRow, Kind::lines}}};
  for (const auto& [row, kind] : rows) {
    const Value value = results.value(row, System::nucleus, kind);
    if (value) text += std::format("{:<36} {:>10} {}\n", row, number(value, 0), name(kind));
  }
  return text.empty() ? text : "\nNucleus, size\n" + text;
}

}  // namespace

std::string tables(const Results& results) {
  return guest_table(results, Kind::instructions, "System calls, instructions an iteration (ratio: to Linux)") +
         guest_table(results, Kind::wall_ns, "System calls, microseconds an iteration, medians (ratio: to Linux)") +
         nucleus_table(results) + memory_table(results) + size_table(results);
}

std::string changes(const Results& before, const Results& after) {
  std::string text;
  for (const auto& [key, samples] : after.all()) {
    const auto& [row, system, kind] = key;
    const Value now = after.value(row, system, kind), old = before.value(row, system, kind);
    if (!now || !old || *old <= 0) continue;
    const double noise = kind == Kind::wall_ns ? 0.10 : kind == Kind::instructions ? 0.01 : 0;
    if (std::abs(*now / *old - 1) <= noise) continue;
    text += std::format("{:<36} {:<18} {:<13} {:>15} {:>15} {:>7}\n", row, name(system), name(kind), number(old, 0), number(now, 0),
                        ratio(now, old));
  }
  if (text.empty()) return "\nNothing changed by more than noise.\n";
  return "\nChanged\n" +
         std::format("{:<36} {:<18} {:<13} {:>15} {:>15} {:>7}\n", "row", "system", "kind", "before", "now", "ratio") + text;
}

}  // namespace tessera::bench
