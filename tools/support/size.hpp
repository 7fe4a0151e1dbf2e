// SPDX-License-Identifier: Apache-2.0
// Sizes as people write them: 4096, 64K, 256M, 1G (powers of 1024).
#pragma once

#include <charconv>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string_view>

namespace tessera::tools {

// A whole number in decimal, nothing else.
[[nodiscard]] inline std::optional<std::uint64_t> parse_number(std::string_view text, int base = 10) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(std::to_address(text.begin()), std::to_address(text.end()), value, base);
  if (error != std::errc{} || end != std::to_address(text.end()) || text.empty()) return std::nullopt;
  return value;
}

[[nodiscard]] inline std::optional<std::uint64_t> parse_size(std::string_view text) {
  std::uint64_t unit = 1;
  if (!text.empty()) {
    switch (text.back()) {
      case 'K': case 'k': unit = std::uint64_t{1} << 10; break;
      case 'M': case 'm': unit = std::uint64_t{1} << 20; break;
      case 'G': case 'g': unit = std::uint64_t{1} << 30; break;
      default: break;
    }
    if (unit != 1) text.remove_suffix(1);
  }
  const auto number = parse_number(text);
  if (!number || *number > std::numeric_limits<std::uint64_t>::max() / unit) return std::nullopt;
  return *number * unit;
}

}  // namespace tessera::tools
