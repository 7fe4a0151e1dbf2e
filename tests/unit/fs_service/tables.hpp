// SPDX-License-Identifier: Apache-2.0
// Partition tables made by hand.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "components/fs/service/bytes.hpp"

namespace tessera::test {

inline void put(std::span<std::byte> image, std::size_t at, std::uint64_t value, std::size_t bytes) {
  for (std::size_t i = 0; i < bytes; ++i) image[at + i] = static_cast<std::byte>(value >> 8 * i);
}

// An entry of the record in `sector`.
inline void put_mbr(std::span<std::byte> image, std::uint64_t sector, unsigned index, std::uint8_t type, std::uint32_t first, std::uint32_t sectors) {
  const std::size_t at = sector * 512 + 446 + index * 16;
  put(image, at + 4, type, 1);
  put(image, at + 8, first, 4);
  put(image, at + 12, sectors, 4);
  put(image, sector * 512 + 510, 0xaa55, 2);
}

struct GptEntry {
  std::uint64_t first, last;
};

// The header in `sector` with its array in `array`; entry i has type bytes of i + 1.
inline void put_gpt(std::span<std::byte> image, std::uint64_t sector, std::uint64_t array, std::span<const GptEntry> entries) {
  constexpr std::uint32_t kEntries = 128, kEntryBytes = 128;
  const std::uint64_t sectors = image.size() / 512;
  const auto table = image.subspan(array * 512, kEntries * kEntryBytes);
  std::uint8_t kind = 0;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    ++kind;
    for (std::size_t byte = 0; byte < 16; ++byte) put(table, i * kEntryBytes + byte, kind, 1);
    for (std::size_t byte = 16; byte < 32; ++byte) put(table, i * kEntryBytes + byte, kind + 100u, 1);
    put(table, i * kEntryBytes + 32, entries[i].first, 8);
    put(table, i * kEntryBytes + 40, entries[i].last, 8);
  }
  const auto header = image.subspan(sector * 512, 92);
  put(header, 0, 0x5452'4150'2049'4645, 8);
  put(header, 8, 0x10000, 4);
  put(header, 12, 92, 4);
  put(header, 16, 0, 4);
  put(header, 24, sector, 8);
  put(header, 32, sector == 1 ? sectors - 1 : 1, 8);
  put(header, 40, 34, 8);
  put(header, 48, sectors - 34, 8);
  put(header, 72, array, 8);
  put(header, 80, kEntries, 4);
  put(header, 84, kEntryBytes, 4);
  put(header, 88, fs::partition::crc32(table), 4);
  put(header, 16, fs::partition::crc32(header), 4);
}

inline std::vector<std::byte> gpt_image(std::span<const GptEntry> entries) {
  std::vector<std::byte> image(1 << 20);
  put_mbr(image, 0, 0, 0xee, 1, 2047);
  put_gpt(image, 1, 2, entries);
  put_gpt(image, 2047, 2015, entries);
  return image;
}

// Two primary partitions and an extended one with three logical ones.
inline std::vector<std::byte> mbr_image() {
  std::vector<std::byte> image(1 << 20);
  put_mbr(image, 0, 0, 0x83, 64, 100);
  put_mbr(image, 0, 2, 0x0c, 200, 56);
  put_mbr(image, 0, 3, 0x05, 512, 1024);
  put_mbr(image, 512, 0, 0x83, 8, 100);
  put_mbr(image, 512, 1, 0x05, 256, 200);
  put_mbr(image, 768, 0, 0x82, 8, 50);
  put_mbr(image, 768, 1, 0x05, 600, 300);
  put_mbr(image, 1112, 0, 0x83, 8, 10);
  return image;
}

}  // namespace tessera::test
