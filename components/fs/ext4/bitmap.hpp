// SPDX-License-Identifier: Apache-2.0
// Bits in a block, from bit 0 of byte 0 on.
#pragma once

#include <algorithm>

#include "components/fs/bytes.hpp"

namespace tessera::fs::ext4 {

[[nodiscard]] inline bool bit(Bytes map, std::uint32_t at) { return (get8(map, at / 8) >> (at % 8) & 1) != 0; }
inline void set_bit(Room map, std::uint32_t at) { put8(map, at / 8, get8(map, at / 8) | 1u << at % 8); }
inline void clear_bit(Room map, std::uint32_t at) { put8(map, at / 8, get8(map, at / 8) & ~(1u << at % 8)); }

// Bits [first, first + count).
inline void set_bits(Room map, std::uint32_t first, std::uint32_t count) {
  for (; count != 0 && first % 8 != 0; ++first, --count) set_bit(map, first);
  for (; count >= 8; first += 8, count -= 8) put8(map, first / 8, 0xff);
  for (; count != 0; ++first, --count) set_bit(map, first);
}
inline void clear_bits(Room map, std::uint32_t first, std::uint32_t count) {
  for (; count != 0 && first % 8 != 0; ++first, --count) clear_bit(map, first);
  for (; count >= 8; first += 8, count -= 8) put8(map, first / 8, 0);
  for (; count != 0; ++first, --count) clear_bit(map, first);
}

// The first bit from `at` on that is as `set` says, or `limit`. The map's size is a multiple of 8 bytes.
[[nodiscard]] inline std::uint32_t next_bit(Bytes map, bool set, std::uint32_t at, std::uint32_t limit) {
  while (at < limit) {
    std::uint64_t word = get64(map, at / 64 * 8);
    if (!set) word = ~word;
    word = word >> at % 64 << at % 64;
    if (word != 0) return std::min(at / 64 * 64 + static_cast<std::uint32_t>(std::countr_zero(word)), limit);
    at = at / 64 * 64 + 64;
  }
  return limit;
}

}  // namespace tessera::fs::ext4
