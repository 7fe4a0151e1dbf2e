// SPDX-License-Identifier: Apache-2.0
#include "tools/audit/record.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

#include "tools/support/size.hpp"

namespace tessera::tools::audit {
namespace {

constexpr std::size_t kFields = 13;

std::optional<std::uint64_t> number(std::string_view text) {
  return text.starts_with("0x") ? parse_number(text.substr(2), 16) : parse_number(text);
}

// A name as the component writes it: nothing that could break a line or a string.
bool good_word(std::string_view text) {
  return !text.empty() && text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_-") == std::string_view::npos;
}

std::string hexadecimal(std::uint64_t value) {
  std::array<char, 24> text{};
  const int bytes = std::snprintf(text.data(), text.size(), "0x%llx", static_cast<unsigned long long>(value));
  return {text.data(), static_cast<std::size_t>(bytes)};
}

std::string seconds(std::uint64_t ns) {
  std::array<char, 32> text{};
  const int bytes = std::snprintf(text.data(), text.size(), "%10.6f", static_cast<double>(ns) / 1e9);
  return {text.data(), static_cast<std::size_t>(bytes)};
}

}  // namespace

std::optional<Record> parse_record(std::string_view line) {
  constexpr std::string_view kWriter = "] audit: ";
  const std::size_t at = line.find(kWriter);
  if (!line.starts_with('[') || at == std::string_view::npos) return std::nullopt;
  // "] audit: " later in a line is something that another component said.
  if (line.find(']') != at) return std::nullopt;
  line.remove_prefix(at + kWriter.size());
  std::array<std::string_view, kFields> field;
  for (std::size_t i = 0; i < kFields; ++i) {
    const std::size_t end = line.find('\t');
    if ((end == std::string_view::npos) != (i + 1 == kFields)) return std::nullopt;
    field.at(i) = line.substr(0, end);
    if (end != std::string_view::npos) line.remove_prefix(end + 1);
  }
  for (const std::size_t word : {0u, 3u, 4u, 6u, 8u, 10u, 11u}) {
    if (!good_word(field.at(word))) return std::nullopt;
  }
  const auto sequence = number(field[1]), time = number(field[2]), object = number(field[5]), badge = number(field[7]),
             thread = number(field[9]), lost = number(field[12]);
  if (!sequence || !time || !object || !badge || !thread || !lost) return std::nullopt;
  return Record{.name_space = std::string(field[0]), .sequence = *sequence, .time_ns = *time, .event = std::string(field[3]),
                .type = std::string(field[4]), .object = *object, .rights = std::string(field[6]), .badge = *badge,
                .actor = std::string(field[8]), .thread = *thread, .other = std::string(field[10]),
                .result = std::string(field[11]), .lost = *lost};
}

bool Filter::matches(const Record& record) const {
  if (record.time_ns < since_ns) return false;
  if (!event.empty() && record.event != event) return false;
  if (!name_space.empty() && record.name_space != name_space && record.actor != name_space && record.other != name_space) return false;
  if (object.empty() || object == record.type) return true;
  return number(object) == record.object;
}

std::string as_text(const Record& record) {
  std::string text = seconds(record.time_ns) + "  " + record.name_space + ": ";
  if (record.lost != 0) text += "(" + std::to_string(record.lost) + " records lost) ";
  text += record.event + " " + record.type + " " + hexadecimal(record.object);
  if (record.rights != "-") text += " rights " + record.rights;
  if (record.badge != 0) text += " badge " + std::to_string(record.badge);
  text += " by " + record.actor + " thread " + hexadecimal(record.thread);
  if (record.other != "-") text += " other side " + record.other;
  if (record.result != "ok") text += ": " + record.result;
  return text;
}

// Every text is a good_word: nothing needs escaping.
std::string as_json(const Record& record) {
  const auto text = [](std::string_view key, std::string_view value) {
    return "\"" + std::string(key) + "\":\"" + std::string(value) + "\",";
  };
  const auto count = [](std::string_view key, std::uint64_t value) { return "\"" + std::string(key) + "\":" + std::to_string(value) + ","; };
  std::string json = "{" + text("namespace", record.name_space) + count("sequence", record.sequence) + count("time_ns", record.time_ns) +
                     text("event", record.event) + text("type", record.type) + text("object", hexadecimal(record.object)) +
                     text("rights", record.rights == "-" ? "" : record.rights) + count("badge", record.badge) +
                     text("actor", record.actor) + text("thread", hexadecimal(record.thread)) +
                     text("other", record.other == "-" ? "" : record.other) + text("result", record.result) + count("lost", record.lost);
  json.back() = '}';
  return json;
}

}  // namespace tessera::tools::audit
