// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/record.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <format>
#include <utility>

namespace tessera::bench {
namespace {

// The head's fields, by the names that they have in the file.
constexpr std::array<std::pair<std::string_view, std::string TakenOn::*>, 8> kHead{{{"architecture", &TakenOn::architecture},
                                                                                    {"processor", &TakenOn::processor},
                                                                                    {"processors", &TakenOn::processors},
                                                                                    {"host_kernel", &TakenOn::host_kernel},
                                                                                    {"qemu", &TakenOn::qemu},
                                                                                    {"commit", &TakenOn::commit},
                                                                                    {"machine", &TakenOn::machine},
                                                                                    {"linux", &TakenOn::linux_kernel}}};

std::string quoted(std::string_view text) {
  std::string result = "\"";
  for (const char character : text) {
    if (character == '"' || character == '\\') result += '\\';
    if (static_cast<unsigned char>(character) >= 0x20) result += character;
  }
  return result + '"';
}

// What `"KEY": "..."` holds, as quoted() wrote it; empty when it is not there.
std::string text_field(std::string_view line, std::string_view key) {
  const std::string start = quoted(key) + ": \"";
  const std::size_t at = line.find(start);
  if (at == std::string_view::npos) return {};
  std::string text;
  bool escaped = false;
  for (const char character : line.substr(at + start.size())) {
    if (!escaped && character == '"') return text;
    escaped = !escaped && character == '\\';
    if (!escaped) text += character;
  }
  return {};
}

std::vector<double> numbers_field(std::string_view line) {
  std::vector<double> numbers;
  const std::size_t open = line.rfind('['), close = line.rfind(']');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) return numbers;
  line = line.substr(open + 1, close - open - 1);
  while (!line.empty()) {
    const std::size_t end = std::min(line.find(','), line.size());
    numbers.push_back(std::strtod(std::string(line.substr(0, end)).c_str(), nullptr));
    line.remove_prefix(std::min(end + 1, line.size()));
  }
  return numbers;
}

}  // namespace

std::string to_json(const Record& record) {
  std::string text = "{";
  for (const auto& [key, field] : kHead) text += quoted(key) + ": " + quoted(record.on.*field) + ", ";
  text += "\"results\": [\n";
  bool first = true;
  for (const auto& [key, samples] : record.results.all()) {
    const auto& [row, system, kind] = key;
    if (!first) text += ",\n";
    first = false;
    text += "{\"row\": " + quoted(row) + ", \"system\": " + quoted(name(system)) + ", \"kind\": " + quoted(name(kind)) +
            ", \"samples\": [";
    for (std::size_t at = 0; at < samples.size(); ++at) text += (at == 0 ? "" : ", ") + std::format("{}", samples[at]);
    text += "]}";
  }
  return text + "\n]}\n";
}

Result<Record> from_json(std::string_view text) {
  Record record;
  for (const auto& [key, field] : kHead) record.on.*field = text_field(text.substr(0, text.find('\n')), key);
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const std::string row = text_field(line, "row");
    const auto system = system_of(text_field(line, "system"));
    const auto kind = kind_of(text_field(line, "kind"));
    if (row.empty() || !system || !kind) continue;
    for (const double sample : numbers_field(line)) record.results.add(row, *system, *kind, sample);
  }
  if (record.results.all().empty()) return tools::fail("holds no results of ./tessera bench --json");
  return record;
}

}  // namespace tessera::bench
