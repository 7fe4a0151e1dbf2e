// SPDX-License-Identifier: Apache-2.0
#include "lib/format/hash64.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace tessera::format {

std::uint64_t hash64(std::span<const std::byte> bytes) {
  std::uint64_t hash = 0x9e37'79b9'7f4a'7c15 ^ bytes.size();
  while (!bytes.empty()) {
    const std::size_t count = std::min<std::size_t>(bytes.size(), 8);
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data(), count);  // little endian, as every machine Tessera runs on
    hash = std::rotl(hash ^ word, 29) * 0xbf58'476d'1ce4'e5b9;
    bytes = bytes.subspan(count);
  }
  return hash ^ (hash >> 32);
}

}  // namespace tessera::format
