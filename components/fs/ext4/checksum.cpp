// SPDX-License-Identifier: Apache-2.0
#include "components/fs/ext4/checksum.hpp"

#include <array>

#include "crc32c_word.hpp"

namespace tessera::fs::ext4 {

namespace {

// Slicing by eight: tables[k][b] is the checksum of byte b with k zero bytes behind it.
using Tables = std::array<std::array<std::uint32_t, 256>, 8>;
constexpr Tables make_tables() {
  Tables tables{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t value = byte;
    for (int bit = 0; bit < 8; ++bit) value = (value >> 1) ^ ((value & 1) != 0 ? 0x82f6'3b78u : 0);
    tables[0][byte] = value;
  }
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    for (std::size_t k = 1; k < 8; ++k) tables[k][byte] = (tables[k - 1][byte] >> 8) ^ tables[0][tables[k - 1][byte] & 255];
  }
  return tables;
}
constexpr Tables kTables = make_tables();

constexpr std::array<std::uint16_t, 256> make_table16() {
  std::array<std::uint16_t, 256> table{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t value = byte;
    for (int bit = 0; bit < 8; ++bit) value = (value >> 1) ^ ((value & 1) != 0 ? 0xa001u : 0);
    table[byte] = static_cast<std::uint16_t>(value);
  }
  return table;
}
constexpr std::array<std::uint16_t, 256> kTable16 = make_table16();

}  // namespace

static constinit bool by_instructions = false;

void use_checksum_instructions() { by_instructions = true; }

std::uint32_t crc32c(std::uint32_t seed, Bytes bytes) {
  std::uint32_t crc = seed;
  for (; by_instructions && bytes.size() >= 8; bytes = bytes.subspan(8)) crc = arch::crc32c_word(crc, get64(bytes, 0));
  while (bytes.size() >= 8) {
    const std::uint64_t word = get64(bytes, 0) ^ crc;
    crc = kTables[7][word & 255] ^ kTables[6][word >> 8 & 255] ^ kTables[5][word >> 16 & 255] ^ kTables[4][word >> 24 & 255] ^
          kTables[3][word >> 32 & 255] ^ kTables[2][word >> 40 & 255] ^ kTables[1][word >> 48 & 255] ^ kTables[0][word >> 56];
    bytes = bytes.subspan(8);
  }
  for (const std::byte byte : bytes) crc = (crc >> 8) ^ kTables[0][(crc ^ static_cast<std::uint32_t>(byte)) & 255];
  return crc;
}

std::uint32_t crc32c_number(std::uint32_t seed, std::uint32_t value) { return crc32c(seed, std::as_bytes(std::span(&value, 1))); }
std::uint32_t crc32c_number64(std::uint32_t seed, std::uint64_t value) { return crc32c(seed, std::as_bytes(std::span(&value, 1))); }

std::uint16_t crc16(std::uint16_t seed, Bytes bytes) {
  std::uint32_t crc = seed;
  for (const std::byte byte : bytes) crc = (crc >> 8) ^ kTable16[(crc ^ static_cast<std::uint32_t>(byte)) & 255];
  return static_cast<std::uint16_t>(crc);
}

}  // namespace tessera::fs::ext4
