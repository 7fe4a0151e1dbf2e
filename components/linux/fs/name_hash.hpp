// SPDX-License-Identifier: Apache-2.0
// The hash of a name in a directory, used by the tree of names and by tmpfs.
#pragma once

#include <cstdint>
#include <string_view>

namespace tessera::lx {

inline std::uint32_t hash_name(std::string_view name, std::uint32_t seed = 0x811c9dc5u) {
  std::uint32_t hash = seed;
  for (char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x01000193u;
  return hash ^ (hash >> 15);
}

}  // namespace tessera::lx
