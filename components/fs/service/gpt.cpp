// SPDX-License-Identifier: Apache-2.0
#include "components/fs/service/gpt.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <optional>

#include "components/fs/service/bytes.hpp"

namespace tessera::fs::partition {

namespace {

constexpr std::uint64_t kSignature = 0x5452'4150'2049'4645;  // "EFI PART"
constexpr std::uint32_t kLeastHeader = 92, kLeastEntry = 128, kMostEntry = 4096, kMostEntries = 1024;
constexpr std::size_t kChecksum = 16;

struct Header {
  std::uint64_t first_usable = 0, last_usable = 0;
  std::uint64_t array = 0;  // sector
  std::uint32_t entries = 0, entry_bytes = 0, array_checksum = 0;
};

// None: it is not one, or not the one of this sector.
std::optional<Header> parse(std::span<const std::byte> sector, std::uint64_t number, std::uint64_t sectors) {
  const auto bytes = word_at<std::uint32_t>(sector, 12);
  if (word_at<std::uint64_t>(sector, 0) != kSignature || bytes < kLeastHeader || bytes > sector.size()) return std::nullopt;
  // The checksum counts as zero in its own sum.
  static constexpr std::array<std::byte, 4> kZero{};
  std::uint32_t checksum = crc32(sector.first(kChecksum));
  checksum = crc32(kZero, checksum);
  checksum = crc32(sector.first(bytes).subspan(kChecksum + kZero.size()), checksum);
  if (checksum != word_at<std::uint32_t>(sector, kChecksum) || word_at<std::uint64_t>(sector, 24) != number) return std::nullopt;
  const Header header{.first_usable = word_at<std::uint64_t>(sector, 40),
                      .last_usable = word_at<std::uint64_t>(sector, 48),
                      .array = word_at<std::uint64_t>(sector, 72),
                      .entries = word_at<std::uint32_t>(sector, 80),
                      .entry_bytes = word_at<std::uint32_t>(sector, 84),
                      .array_checksum = word_at<std::uint32_t>(sector, 88)};
  if (header.first_usable < 2 || header.last_usable >= sectors || header.first_usable > header.last_usable || header.entries > kMostEntries ||
      header.entry_bytes < kLeastEntry || header.entry_bytes > kMostEntry || !std::has_single_bit(header.entry_bytes))
    return std::nullopt;
  return header;
}

std::array<std::uint8_t, 16> identity_at(std::span<const std::byte> entry, std::size_t offset) {
  std::array<std::uint8_t, 16> result{};
  std::ranges::transform(entry.subspan(offset, result.size()), result.begin(), [](std::byte byte) { return std::to_integer<std::uint8_t>(byte); });
  return result;
}

// Unused entries have a type of zeros.
void add(PartitionTable& table, const Header& header, std::uint32_t sector_bytes, std::uint32_t number, std::span<const std::byte> entry) {
  const auto type = identity_at(entry, 0);
  const auto first = word_at<std::uint64_t>(entry, 32), last = word_at<std::uint64_t>(entry, 40);
  if (number > kMostPartition || std::ranges::all_of(type, [](std::uint8_t byte) { return byte == 0; })) return;
  if (first < header.first_usable || last > header.last_usable || first > last) return;
  table.partitions.push_back({.number = number,
                              .first = first * sector_bytes,
                              .bytes = (last - first + 1) * sector_bytes,
                              .type = type,
                              .identity = identity_at(entry, 16)});
}

// The table that the header in this sector begins. corrupt: it does not, or its array is damaged.
Io<PartitionTable> read_copy(SectorReader& reader, std::uint64_t sector) {
  const auto first = co_await reader.read(sector, 1);
  if (!first) co_return std::unexpected(first.error());
  const auto header = parse(*first, sector, reader.sectors());
  if (!header) co_return std::unexpected(Error::corrupt);
  PartitionTable table{.kind = PartitionTable::Kind::gpt};
  std::uint64_t left = std::uint64_t{header->entries} * header->entry_bytes, at = header->array;
  std::uint32_t number = 0, checksum = 0;
  while (left > 0) {
    // Whole pages but for the last: an entry lies in one.
    const std::uint64_t sectors = std::min(reader.most_sectors(), (left + reader.sector_bytes() - 1) / reader.sector_bytes());
    const auto some = co_await reader.read(at, sectors);
    if (!some) co_return std::unexpected(some.error());
    auto entries = some->first(std::min<std::uint64_t>(left, some->size()));
    checksum = crc32(entries, checksum);
    left -= entries.size();
    at += sectors;
    for (; !entries.empty(); entries = entries.subspan(header->entry_bytes)) {
      add(table, *header, reader.sector_bytes(), ++number, entries.first(header->entry_bytes));
    }
  }
  if (checksum != header->array_checksum) co_return std::unexpected(Error::corrupt);
  co_return table;
}

}  // namespace

Io<PartitionTable> read_gpt(SectorReader& reader) {
  auto table = co_await read_copy(reader, 1);
  if (table || table.error() != Error::corrupt) co_return table;
  table = co_await read_copy(reader, reader.sectors() - 1);
  if (table) table->from_backup = true;
  co_return table;
}

}  // namespace tessera::fs::partition
