// SPDX-License-Identifier: Apache-2.0
// The hash of a name in a directory, used by the tree of names and by tmpfs.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>

namespace tessera::lx {

inline std::uint32_t hash_name(std::string_view name, std::uint32_t seed = 0x811c9dc5u) {
  std::uint32_t hash = seed;
  for (char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x01000193u;
  return hash ^ (hash >> 15);
}

// Of names that are the same whatever their case (ASCII's), and whether dots follow, as FAT has it.
inline std::string_view without_dots(std::string_view name) {
  while (name.ends_with('.')) name.remove_suffix(1);
  return name;
}
constexpr char folded(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

inline std::uint32_t hash_folded(std::string_view name, std::uint32_t seed = 0x811c9dc5u) {
  std::uint32_t hash = seed;
  for (const char c : without_dots(name)) hash = (hash ^ static_cast<unsigned char>(folded(c))) * 0x01000193u;
  return hash ^ (hash >> 15);
}

inline bool same_folded(std::string_view a, std::string_view b) {
  return std::ranges::equal(without_dots(a), without_dots(b), {}, folded, folded);
}

}  // namespace tessera::lx
