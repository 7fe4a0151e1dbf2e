// SPDX-License-Identifier: Apache-2.0
#include "components/fs/service/partitions.hpp"

#include <algorithm>

#include "components/fs/service/gpt.hpp"
#include "components/fs/service/mbr.hpp"
#include "components/fs/service/sector_reader.hpp"

namespace tessera::fs {

const Partition* PartitionTable::find(std::uint32_t number) const {
  const auto at = std::ranges::find(partitions, number, &Partition::number);
  return at == partitions.end() ? nullptr : &*at;
}

Io<PartitionTable> read_partitions(BlockDevice& disk, std::span<std::byte> room) {
  partition::SectorReader reader(disk, room);
  const auto first = co_await reader.read(0, 1);
  if (!first) co_return std::unexpected(first.error());
  const partition::Mbr mbr(*first);
  if (!mbr.valid()) co_return PartitionTable{};
  if (mbr.protects_gpt()) co_return co_await partition::read_gpt(reader);
  co_return co_await partition::read_mbr(reader, mbr);
}

}  // namespace tessera::fs
