// SPDX-License-Identifier: Apache-2.0
// The old way: 12 blocks named in the inode, then tables of blocks, of tables, of tables of tables.
#include <algorithm>

#include "components/fs/ext4/mapping.hpp"

namespace tessera::fs::ext4 {

namespace {

constexpr std::uint32_t kDirect = 12;

// How many entries of a table, from `at` on, name blocks that follow each other, or nothing.
std::uint64_t run_length(Bytes table, std::uint32_t at, std::uint64_t most) {
  const std::uint32_t first = get32(table, std::size_t{at} * 4);
  const std::uint64_t limit = std::min<std::uint64_t>(most, table.size() / 4 - at);
  std::uint64_t count = 1;
  while (count < limit && get32(table, (at + count) * 4) == (first == 0 ? 0 : first + count)) ++count;
  return count;
}

}  // namespace

Result<Mapping> map_indirect(Operation& operation, const Inode& inode, std::uint64_t logical, std::uint64_t most) {
  const std::uint64_t per_block = operation.volume.geometry.block_bytes / 4;
  const auto found = [&](Bytes table, std::uint32_t at) -> Result<Mapping> {
    const Mapping mapping{.physical = get32(table, std::size_t{at} * 4), .count = run_length(table, at, most)};
    if (!mapping.hole() && !operation.volume.may_hold_data({mapping.physical, mapping.count})) return fail(Error::corrupt);
    return mapping;
  };
  if (logical < kDirect) return found(inode.map().first(kDirect * 4), static_cast<std::uint32_t>(logical));
  std::uint64_t left = logical - kDirect, covered = per_block;
  std::uint32_t levels = 1;
  while (left >= covered) {
    left -= covered;
    covered *= per_block;
    if (++levels > 3) return Mapping{.count = most};
  }
  std::uint64_t table = get32(inode.map(), std::size_t{kDirect + levels - 1} * 4);
  for (;;) {
    if (table == 0) return Mapping{.count = std::min(most, covered - left)};
    if (!operation.volume.may_hold_data({table, 1})) return fail(Error::corrupt);
    const Bytes entries = TRY(operation.read(table, Kind::plain, inode.number()));
    covered /= per_block;
    const auto at = static_cast<std::uint32_t>(left / covered);
    if (--levels == 0) return found(entries, at);
    left %= covered;
    table = get32(entries, std::size_t{at} * 4);
  }
}

}  // namespace tessera::fs::ext4
