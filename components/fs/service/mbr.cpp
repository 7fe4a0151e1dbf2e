// SPDX-License-Identifier: Apache-2.0
#include "components/fs/service/mbr.hpp"

#include <algorithm>

namespace tessera::fs::partition {

namespace {

constexpr std::size_t kEntries = 446, kEntryBytes = 16, kMark = 510;
constexpr std::uint8_t kProtective = 0xee;
constexpr std::uint32_t kFirstLogical = 5;

struct Extended {
  std::uint64_t first = 0, sectors = 0;
};

// Leaves out what does not lie in the `limit` sectors.
void add(PartitionTable& table, const SectorReader& reader, std::uint32_t number, const Mbr::Entry& entry, std::uint64_t first) {
  if (first == 0 || first >= reader.sectors() || entry.sectors > reader.sectors() - first) return;
  table.partitions.push_back({.number = number,
                              .mbr_type = entry.type,
                              .first = first * reader.sector_bytes(),
                              .bytes = std::uint64_t{entry.sectors} * reader.sector_bytes()});
}

// Each record of the chain has one partition, relative to itself, and the next record, relative to the
// first. The numbers bound the chain: a circle ends, too.
Io<> read_extended(SectorReader& reader, Extended extended, PartitionTable& table) {
  std::uint64_t at = extended.first;
  for (std::uint32_t number = kFirstLogical; number <= kMostPartition; ++number) {
    const auto sector = co_await reader.read(at, 1);
    if (!sector && sector.error() != Error::corrupt) co_return std::unexpected(sector.error());
    if (!sector) break;
    const Mbr record(*sector);
    if (!record.valid()) break;
    const auto& entries = record.entries();
    const auto logical = std::ranges::find_if(entries, [](const Mbr::Entry& one) { return one.used() && !one.extended(); });
    if (logical != entries.end()) add(table, reader, number, *logical, at + logical->first);
    const auto next = std::ranges::find_if(entries, [](const Mbr::Entry& one) { return one.used() && one.extended(); });
    if (next == entries.end() || next->first == 0 || next->first >= extended.sectors) break;
    at = extended.first + next->first;
  }
  co_return Result<void>();
}

}  // namespace

Mbr::Mbr(std::span<const std::byte> sector) {
  if (word_at<std::uint16_t>(sector, kMark) != 0xaa55) return;
  bool plausible = true;
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    const auto bytes = sector.subspan(kEntries + i * kEntryBytes, kEntryBytes);
    entries_.at(i) = {.status = word_at<std::uint8_t>(bytes, 0),
                      .type = word_at<std::uint8_t>(bytes, 4),
                      .first = word_at<std::uint32_t>(bytes, 8),
                      .sectors = word_at<std::uint32_t>(bytes, 12)};
    plausible = plausible && (entries_.at(i).status & 0x7f) == 0;
  }
  valid_ = plausible && std::ranges::any_of(entries_, &Entry::used);
}

bool Mbr::protects_gpt() const {
  return std::ranges::any_of(entries_, [](const Entry& one) { return one.type == kProtective; });
}

Io<PartitionTable> read_mbr(SectorReader& reader, Mbr mbr) {
  PartitionTable table{.kind = PartitionTable::Kind::mbr};
  std::uint32_t number = 0;
  bool extended = false;
  for (const Mbr::Entry& entry : mbr.entries()) {
    ++number;
    if (!entry.used()) continue;
    if (!entry.extended()) {
      add(table, reader, number, entry, entry.first);
      continue;
    }
    // There is one at most.
    if (std::exchange(extended, true)) continue;
    const auto done = co_await read_extended(reader, {.first = entry.first, .sectors = entry.sectors}, table);
    if (!done) co_return std::unexpected(done.error());
  }
  std::ranges::sort(table.partitions, {}, &Partition::number);
  co_return table;
}

}  // namespace tessera::fs::partition
