// SPDX-License-Identifier: Apache-2.0
// The small pieces of the compiled manifest: lines, fields, escapes, numbers.
#include "lib/format/manifest.hpp"

namespace tessera::format {

std::optional<ManifestLine> take_line(std::string_view& text) {
  if (text.empty()) return std::nullopt;
  const std::size_t end = text.find('\n');
  std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  const std::size_t tab = line.find('\t');
  ManifestLine result{.key = line.substr(0, tab), .rest = {}};
  if (tab != std::string_view::npos) result.rest = line.substr(tab + 1);
  return result;
}

std::optional<std::string_view> take_field(std::string_view& rest) {
  if (rest.empty()) return std::nullopt;
  const std::size_t tab = rest.find('\t');
  const std::string_view field = rest.substr(0, tab);
  rest.remove_prefix(tab == std::string_view::npos ? rest.size() : tab + 1);
  return field;
}

std::optional<std::string_view> unescape(std::string_view value, std::span<char> out) {
  std::size_t used = 0;
  while (!value.empty()) {
    char letter = value.front();
    value.remove_prefix(1);
    if (letter == '\\') {
      if (value.empty()) return std::nullopt;
      switch (value.front()) {
        case 't': letter = '\t'; break;
        case 'n': letter = '\n'; break;
        case '\\': break;
        default: return std::nullopt;
      }
      value.remove_prefix(1);
    }
    if (used == out.size()) return std::nullopt;
    out[used] = letter;
    ++used;
  }
  return std::string_view(out.data(), used);
}

std::optional<std::uint64_t> parse_number(std::string_view text) {
  unsigned base = 10;
  if (text.starts_with("0x")) {
    base = 16;
    text.remove_prefix(2);
  }
  if (text.empty()) return std::nullopt;
  std::uint64_t value = 0;
  for (const char letter : text) {
    unsigned digit = 99;
    if (letter >= '0' && letter <= '9') digit = static_cast<unsigned>(letter - '0');
    if (letter >= 'a' && letter <= 'f') digit = static_cast<unsigned>(letter - 'a') + 10;
    if (digit >= base || value > (~std::uint64_t{0} - digit) / base) return std::nullopt;
    value = value * base + digit;
  }
  return value;
}

}  // namespace tessera::format
