// SPDX-License-Identifier: Apache-2.0
// Numbers in a sector, little-endian, as both kinds of partition tables have them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace tessera::fs::partition {

template <typename Word>
[[nodiscard]] Word word_at(std::span<const std::byte> bytes, std::size_t offset) {
  Word value = 0;
  for (std::size_t i = sizeof(Word); i > 0; --i) value = static_cast<Word>(std::uint64_t{value} << 8 | std::to_integer<std::uint8_t>(bytes[offset + i - 1]));
  return value;
}

// CRC-32 (polynomial 0xedb88320), as UEFI has it; continues from `before`.
[[nodiscard]] inline std::uint32_t crc32(std::span<const std::byte> bytes, std::uint32_t before = 0) {
  static constexpr auto kTable = [] {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t i = 0; i < 256; ++i) {
      std::uint32_t value = i;
      for (int bit = 0; bit < 8; ++bit) value = value >> 1 ^ ((value & 1) != 0 ? 0xedb8'8320u : 0u);
      table.at(i) = value;
    }
    return table;
  }();
  std::uint32_t crc = ~before;
  for (const std::byte byte : bytes) crc = crc >> 8 ^ kTable.at((crc ^ std::to_integer<std::uint32_t>(byte)) & 0xff);
  return ~crc;
}

}  // namespace tessera::fs::partition
