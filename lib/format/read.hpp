// SPDX-License-Identifier: Apache-2.0
// Reading fixed-size records from bytes of unknown quality.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <expected>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>

namespace tessera::format {

// What is wrong, in words for a log line.
template <typename T>
using Parsed = std::expected<T, std::string_view>;

inline std::unexpected<std::string_view> bad(std::string_view why) { return std::unexpected(why); }

// The record at `offset`, if all of it is there.
template <typename T>
  requires std::is_trivially_copyable_v<T>
[[nodiscard]] std::optional<T> read_at(std::span<const std::byte> bytes, std::uint64_t offset) {
  if (offset > bytes.size() || sizeof(T) > bytes.size() - offset) return std::nullopt;
  T value;
  std::memcpy(&value, bytes.subspan(offset).data(), sizeof(T));
  return value;
}

// The part of `bytes` that offset and length name, if it lies inside.
[[nodiscard]] inline std::optional<std::span<const std::byte>> part_of(std::span<const std::byte> bytes, std::uint64_t offset,
                                                                       std::uint64_t length) {
  if (offset > bytes.size() || length > bytes.size() - offset) return std::nullopt;
  return bytes.subspan(offset, length);
}

}  // namespace tessera::format
