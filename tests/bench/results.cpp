// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/results.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <format>

namespace tessera::bench {
namespace {

constexpr std::array kSystems{System::shared, System::protected_view, System::linux_kernel, System::nucleus};
constexpr std::array kKinds{Kind::instructions, Kind::wall_ns, Kind::bytes, Kind::lines};

double median(std::vector<double> samples) {
  std::ranges::sort(samples);
  const std::size_t middle = samples.size() / 2;
  return samples.size() % 2 == 1 ? samples[middle] : (samples[middle - 1] + samples[middle]) / 2;
}

std::string quoted(std::string_view text) {
  std::string result = "\"";
  for (const char character : text) {
    if (character == '"' || character == '\\') result += '\\';
    if (static_cast<unsigned char>(character) >= 0x20) result += character;
  }
  return result + '"';
}

// The text between `"KEY": "` and the next quote.
std::string_view text_field(std::string_view line, const std::string& key) {
  const std::string start = "\"" + key + "\": \"";
  const std::size_t at = line.find(start);
  if (at == std::string_view::npos) return {};
  line.remove_prefix(at + start.size());
  return line.substr(0, line.find('"'));
}

std::vector<double> numbers_field(std::string_view line) {
  std::vector<double> numbers;
  const std::size_t open = line.find('['), close = line.find(']');
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

std::string_view name(System system) {
  switch (system) {
    case System::shared: return "tessera-shared";
    case System::protected_view: return "tessera-protected";
    case System::linux_kernel: return "linux";
    case System::nucleus: return "nucleus";
  }
  return "?";
}

std::string_view name(Kind kind) {
  switch (kind) {
    case Kind::instructions: return "instructions";
    case Kind::wall_ns: return "wall_ns";
    case Kind::bytes: return "bytes";
    case Kind::lines: return "lines";
  }
  return "?";
}

std::optional<double> Results::value(const std::string& row, System system, Kind kind) const {
  const auto found = samples_.find({row, system, kind});
  if (found == samples_.end()) return std::nullopt;
  return median(found->second);
}

std::string Results::json(const std::string& processor, const std::string& qemu) const {
  std::string text = "{\"processor\": " + quoted(processor) + ", \"qemu\": " + quoted(qemu) + ", \"results\": [\n";
  bool first = true;
  for (const auto& [key, samples] : samples_) {
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

Result<Results> Results::from_json(std::string_view text) {
  Results results;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const std::string_view row = text_field(line, "row");
    const auto system = std::ranges::find_if(kSystems, [&](System one) { return name(one) == text_field(line, "system"); });
    const auto kind = std::ranges::find_if(kKinds, [&](Kind one) { return name(one) == text_field(line, "kind"); });
    if (row.empty() || system == kSystems.end() || kind == kKinds.end()) continue;
    for (const double sample : numbers_field(line)) results.add(std::string(row), *system, *kind, sample);
  }
  if (results.samples_.empty()) return tools::fail("holds no results of ./tessera bench --json");
  return results;
}

}  // namespace tessera::bench
