// SPDX-License-Identifier: Apache-2.0
// Sectors of a disk, one stretch after another, in the memory that the device reaches: what was read is
// good until the next read.
#pragma once

#include <algorithm>

#include "components/fs/block_device.hpp"

namespace tessera::fs::partition {

class SectorReader {
 public:
  SectorReader(BlockDevice& disk, std::span<std::byte> room) : disk_(disk), room_(room) {}

  [[nodiscard]] std::uint64_t sectors() const { return disk_.facts().bytes / disk_.facts().sector_bytes; }
  [[nodiscard]] std::uint32_t sector_bytes() const { return disk_.facts().sector_bytes; }
  // Most that one read gives, whole pages.
  [[nodiscard]] std::uint64_t most_sectors() const { return room_.size() / 4096 * 4096 / sector_bytes(); }

  // Sectors outside of the disk: corrupt, as something on it points there.
  Io<std::span<const std::byte>> read(std::uint64_t sector, std::uint64_t count) {
    if (sector >= sectors() || count > sectors() - sector || count > most_sectors()) co_return std::unexpected(Error::corrupt);
    const std::span<std::byte> to = room_.first(count * sector_bytes());
    const auto done = co_await disk_.read(sector * sector_bytes(), std::span(&to, 1));
    if (!done) co_return std::unexpected(done.error());
    co_return to;
  }

 private:
  BlockDevice& disk_;
  std::span<std::byte> room_;
};

}  // namespace tessera::fs::partition
