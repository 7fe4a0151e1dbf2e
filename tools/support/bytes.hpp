// SPDX-License-Identifier: Apache-2.0
// Byte strings: little-endian numbers appended, structures read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

namespace tessera::tools {

template <typename Number>
void append_number(std::string& bytes, Number value) {
  for (unsigned shift = 0; shift < 8 * sizeof(Number); shift += 8) {
    bytes += static_cast<char>(static_cast<unsigned char>(std::uint64_t{value} >> shift));
  }
}

// TEXT in a field of WIDTH bytes, filled up with zeros. TEXT must fit.
inline void append_field(std::string& bytes, std::string_view text, std::size_t width) {
  bytes += text;
  bytes.append(width - text.size(), '\0');
}

inline void pad_to(std::string& bytes, std::size_t alignment) {
  bytes.append((alignment - bytes.size() % alignment) % alignment, '\0');
}

// A structure out of the bytes of a file, wherever it lies; nothing when it is not whole.
template <typename Structure>
[[nodiscard]] std::optional<Structure> structure_at(std::string_view bytes, std::uint64_t offset) {
  if (offset > bytes.size() || bytes.size() - offset < sizeof(Structure)) return std::nullopt;
  Structure result;
  std::memcpy(&result, bytes.substr(offset).data(), sizeof result);
  return result;
}

}  // namespace tessera::tools
