// SPDX-License-Identifier: Apache-2.0
// What the boot sector says of a volume, checked against itself and against the device.
#pragma once

#include <array>
#include <expected>
#include <string_view>

#include "components/fs/bytes.hpp"
#include "components/fs/error.hpp"

namespace tessera::fs::fat {

enum class Width : std::uint8_t { fat12 = 12, fat16 = 16, fat32 = 32 };

struct MountFailure {
  Error error{};
  std::string_view reason;
};

struct Geometry {
  Width width{};
  std::uint32_t sector_bytes = 0, cluster_sectors = 0, cluster_bytes = 0;
  std::uint64_t sectors = 0;
  std::uint32_t tables = 0, table_sectors = 0, active_table = 0;
  bool mirrored = true;               // what is written to a table is written to all
  std::uint64_t first_table = 0;      // sectors, as all below
  std::uint64_t fixed_root = 0;       // of FAT12 and FAT16
  std::uint32_t root_sectors = 0;     // of it
  std::uint32_t root_cluster = 0;     // of FAT32; else 0
  std::uint64_t first_data = 0;
  std::uint32_t clusters = 0;         // numbered from kFirstCluster on
  std::uint64_t info_sector = 0;      // 0: none
  std::uint32_t serial = 0;
  std::array<char, 11> label{};       // blank-padded

  [[nodiscard]] bool holds(std::uint32_t cluster) const { return cluster >= 2 && cluster - 2 < clusters; }
  [[nodiscard]] std::uint64_t sector_of(std::uint32_t cluster) const { return first_data + std::uint64_t{cluster - 2} * cluster_sectors; }
  [[nodiscard]] std::uint64_t place_of(std::uint32_t cluster) const { return sector_of(cluster) * sector_bytes; }
  [[nodiscard]] std::uint64_t table_start(std::uint32_t table) const { return first_table + std::uint64_t{table} * table_sectors; }
  [[nodiscard]] bool fat32() const { return width == Width::fat32; }
};

// `sector`: the first 512 bytes. invalid: there is no FAT; corrupt, unsupported: there is one that cannot be mounted.
std::expected<Geometry, MountFailure> read_boot_sector(Bytes sector, std::uint64_t device_bytes, std::uint32_t device_sector_bytes);

}  // namespace tessera::fs::fat
