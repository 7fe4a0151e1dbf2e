// SPDX-License-Identifier: Apache-2.0
// hash64 of docs/formats.md: for telling versions of content apart, not a
// defence against someone who builds collisions.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tessera::tools {

[[nodiscard]] inline std::uint64_t hash64(std::string_view bytes) {
  std::uint64_t hash = 0x9e37'79b9'7f4a'7c15 ^ bytes.size();
  for (std::size_t at = 0; at < bytes.size(); at += 8) {
    std::uint64_t word = 0;
    unsigned shift = 0;
    for (const char byte : bytes.substr(at, 8)) {
      word |= std::uint64_t{static_cast<unsigned char>(byte)} << shift;
      shift += 8;
    }
    hash = std::rotl(hash ^ word, 29) * 0xbf58'476d'1ce4'e5b9;
  }
  return hash ^ (hash >> 32);
}

}  // namespace tessera::tools
