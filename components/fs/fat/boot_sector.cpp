// SPDX-License-Identifier: Apache-2.0
#include "components/fs/fat/boot_sector.hpp"

#include <algorithm>
#include <bit>

#include "components/fs/fat/layout.hpp"

namespace tessera::fs::fat {

namespace {

constexpr std::uint32_t kMostFat12 = 4084, kMostFat16 = 65524, kMostFat32 = 0x0fff'fff5;

std::unexpected<MountFailure> refuse(Error error, std::string_view reason) {
  return std::unexpected(MountFailure{.error = error, .reason = reason});
}

// Clusters that a table of so many bytes has entries for.
std::uint64_t entries_in(std::uint64_t bytes, Width width) {
  const std::uint64_t entries = bytes * 8 / static_cast<std::uint64_t>(width);
  return entries > kFirstCluster ? entries - kFirstCluster : 0;
}

}  // namespace

std::expected<Geometry, MountFailure> read_boot_sector(Bytes sector, std::uint64_t device_bytes, std::uint32_t device_sector_bytes) {
  Geometry of;
  const std::uint8_t media = get8(sector, boot::kMedia);
  of.sector_bytes = get16(sector, boot::kSectorBytes);
  of.cluster_sectors = get8(sector, boot::kClusterSectors);
  of.tables = get8(sector, boot::kTables);
  of.first_table = get16(sector, boot::kReservedSectors);
  // A boot sector of something else, or of nothing.
  if (get16(sector, boot::kMark) != boot::kMarkValue || !std::has_single_bit(of.sector_bytes) || of.sector_bytes < 512 ||
      of.sector_bytes > 4096 || !std::has_single_bit(of.cluster_sectors) || of.tables == 0 || of.first_table == 0 || (media < 0xf8 && media != 0xf0))
    return refuse(Error::invalid, "no boot sector of a FAT");
  if (of.sector_bytes < device_sector_bytes) return refuse(Error::unsupported, "sectors smaller than the disk's");
  of.cluster_bytes = of.cluster_sectors * of.sector_bytes;

  const std::uint32_t sectors16 = get16(sector, boot::kSectors16), table16 = get16(sector, boot::kTableSectors16);
  of.sectors = sectors16 != 0 ? sectors16 : get32(sector, boot::kSectors32);
  of.table_sectors = table16 != 0 ? table16 : get32(sector, boot::kTableSectors32);
  const std::uint32_t root_entries = get16(sector, boot::kRootEntries);
  if (of.table_sectors == 0) return refuse(Error::invalid, "tables without sectors");
  if (root_entries * entry::kBytes % of.sector_bytes != 0) return refuse(Error::corrupt, "a root directory that ends within a sector");
  of.root_sectors = static_cast<std::uint32_t>(root_entries * entry::kBytes / of.sector_bytes);
  of.fixed_root = of.first_table + std::uint64_t{of.tables} * of.table_sectors;
  of.first_data = of.fixed_root + of.root_sectors;
  if (of.sectors > device_bytes / of.sector_bytes) return refuse(Error::corrupt, "it is larger than the disk");
  if (of.first_data >= of.sectors) return refuse(Error::corrupt, "there is no room for data");
  const std::uint64_t clusters = (of.sectors - of.first_data) / of.cluster_sectors;

  // The number of clusters decides between 12 and 16 bits; without a 16-bit size of the tables the rest of the sector can
  // only be FAT32's, however few there are.
  of.width = table16 == 0 ? Width::fat32 : clusters <= kMostFat12 ? Width::fat12 : Width::fat16;
  if (clusters > (of.fat32() ? kMostFat32 : kMostFat16)) return refuse(Error::corrupt, "more clusters than its tables can number");
  // Those that the table has no entry for cannot be used.
  of.clusters = static_cast<std::uint32_t>(std::min(clusters, entries_in(std::uint64_t{of.table_sectors} * of.sector_bytes, of.width)));
  if (of.clusters == 0) return refuse(Error::corrupt, "there are no clusters");

  const std::size_t signature = of.fat32() ? boot::kSignature32 : boot::kSignature16;
  if (get8(sector, signature) == boot::kSignatureValue) {
    of.serial = get32(sector, of.fat32() ? boot::kSerial32 : boot::kSerial16);
    copy(std::as_writable_bytes(std::span(of.label)), sector.subspan(of.fat32() ? boot::kLabel32 : boot::kLabel16, of.label.size()));
  }
  if (!of.fat32()) {
    if (of.root_sectors == 0) return refuse(Error::corrupt, "there is no root directory");
    return of;
  }
  if (of.root_sectors != 0) return refuse(Error::corrupt, "a FAT32 with a root directory at a fixed place");
  if (get16(sector, boot::kVersion) != 0) return refuse(Error::unsupported, "a version of FAT32 that is not known");
  of.root_cluster = get32(sector, boot::kRootCluster);
  if (!of.holds(of.root_cluster)) return refuse(Error::corrupt, "the root directory is outside of the volume");
  const std::uint16_t flags = get16(sector, boot::kTableFlags);
  if ((flags & boot::kOneTable) != 0) {
    of.mirrored = false;
    of.active_table = flags & boot::kTableMask;
    if (of.active_table >= of.tables) return refuse(Error::corrupt, "the active table is none of the tables");
  }
  const std::uint64_t info = get16(sector, boot::kInfoSector);
  if (info != 0 && info < of.first_table) of.info_sector = info;
  return of;
}

}  // namespace tessera::fs::fat
