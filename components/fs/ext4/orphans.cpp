// SPDX-License-Identifier: Apache-2.0
#include "components/fs/ext4/orphans.hpp"

#include <algorithm>

#include "components/fs/ext4/mapping.hpp"
#include "components/fs/ext4/tasks.hpp"

namespace tessera::fs::ext4 {

namespace {

constexpr std::size_t kMostOrphans = 100'000;

Result<Room> edit_superblock(Operation& operation) {
  const Geometry& geometry = operation.volume.geometry;
  const Room block = TRY(operation.edit(geometry.superblock_block(), Kind::superblock, 0, geometry.superblock_offset(), sb::kBytes));
  return block.subspan(geometry.superblock_offset(), sb::kBytes);
}

// The newer way to keep orphans is a file of their numbers. What is in it moves to the list.
Io<> empty_orphan_file(Volume& volume) {
  const Geometry& geometry = volume.geometry;
  if (!geometry.has_ro_compat(feature::kOrphanPresent) || geometry.orphan_file_inode == 0) co_return Result<void>();
  for (std::uint64_t logical = 0, blocks = 1; logical < blocks; ++logical) {
    // Some at a time: each is another inode's block.
    for (bool more = true; more;) {
      const Result<bool> moved = co_await change(volume, [&](Operation& operation) -> Result<bool> {
        const Inode file = TRY(Inode::open_special(operation, geometry.orphan_file_inode));
        blocks = file.size() >> geometry.block_shift;
        if (logical >= blocks) return false;
        const std::uint64_t block = TRY(metadata_block(operation, file, logical));
        const Bytes entries = TRY(operation.read(block, Kind::orphans, file.seed()));
        for (std::size_t at = 0; at + 8 < entries.size(); at += 4) {
          const std::uint32_t number = get32(entries, at);
          if (number == 0) continue;
          Inode inode = TRY(Inode::open_any(operation, number));
          if (number < geometry.first_inode || inode.mode() == 0) return fail(Error::corrupt);
          put32(TRY(operation.edit(block, Kind::orphans, file.seed(), at, 4)), at, 0);
          if (!volume.orphaned(number)) TRY(add_orphan(operation, inode));
          return true;
        }
        return false;
      });
      if (!moved) co_return fail(moved.error());
      more = *moved;
    }
  }
  co_return co_await change(volume, [](Operation& operation) -> Result<void> {
    const Room raw = TRY(edit_superblock(operation));
    put32(raw, sb::kRoCompat, get32(raw, sb::kRoCompat) & ~feature::kOrphanPresent);
    return {};
  });
}

}  // namespace

Result<void> add_orphan(Operation& operation, Inode& inode) {
  const Room super = TRY(edit_superblock(operation));
  const Room raw = TRY(inode.edit());
  put32(raw, in::kDeleted, get32(super, sb::kLastOrphan));
  put32(super, sb::kLastOrphan, inode.number());
  operation.new_orphans.push_back(inode.number());
  return {};
}

Result<void> remove_orphan(Operation& operation, Inode& inode) {
  const std::vector<std::uint32_t>& all = operation.volume.orphans;
  const auto found = std::ranges::find(all, inode.number());
  if (found == all.end()) return fail(Error::corrupt);
  const std::uint32_t next = found + 1 == all.end() ? 0 : *(found + 1);
  if (found == all.begin()) {
    put32(TRY(edit_superblock(operation)), sb::kLastOrphan, next);
  } else {
    Inode before = TRY(Inode::open_any(operation, *(found - 1)));
    put32(TRY(before.edit()), in::kDeleted, next);
  }
  put32(TRY(inode.edit()), in::kDeleted, 0);
  operation.old_orphans.push_back(inode.number());
  return {};
}

Io<> find_orphans(Volume& volume, bool clear) {
  const Geometry& geometry = volume.geometry;
  const Result<std::uint32_t> first = co_await look(volume, [&](Operation& operation) -> Result<std::uint32_t> {
    return get32(TRY(operation.read(geometry.superblock_block(), Kind::superblock, 0)), geometry.superblock_offset() + sb::kLastOrphan);
  });
  if (!first) co_return fail(first.error());
  for (std::uint32_t number = *first; number != 0;) {
    if (number < geometry.first_inode || volume.orphaned(number) || volume.orphans.size() == kMostOrphans) co_return fail(Error::corrupt);
    const Result<std::uint32_t> next = co_await look(volume, [number](Operation& operation) -> Result<std::uint32_t> {
      const Inode inode = TRY(Inode::open_any(operation, number));
      if (inode.mode() == 0) return fail(Error::corrupt);
      return get32(inode.raw(), in::kDeleted);
    });
    if (!next) co_return fail(next.error());
    volume.orphans.push_back(number);
    number = *next;
  }
  if (const Result<void> done = co_await empty_orphan_file(volume); !done) co_return done;
  const std::vector<std::uint32_t> all = volume.orphans;
  for (const std::uint32_t number : all) {
    const Result<std::uint32_t> links = co_await look(volume, [number](Operation& operation) -> Result<std::uint32_t> {
      return TRY(Inode::open(operation, number)).links();
    });
    if (!links) co_return fail(links.error());
    Result<void> done;
    if (*links != 0) done = co_await finish_cut(volume, number);
    else if (clear) done = co_await free_inode(volume, number);
    if (!done) co_return done;
  }
  co_return Result<void>();
}

}  // namespace tessera::fs::ext4
