// SPDX-License-Identifier: Apache-2.0
// Freeing what files have, in operations of a bounded size. The list of orphans makes sure that it is gone on with
// after a crash.
#include <algorithm>

#include "components/fs/ext4/allocator.hpp"
#include "components/fs/ext4/attributes.hpp"
#include "components/fs/ext4/extent_tree.hpp"
#include "components/fs/ext4/indirect.hpp"
#include "components/fs/ext4/inode_lock.hpp"
#include "components/fs/ext4/orphans.hpp"
#include "components/fs/ext4/removal.hpp"
#include "components/fs/ext4/tasks.hpp"

namespace tessera::fs::ext4 {

namespace {

bool has_map(const Inode& inode) {
  const std::uint32_t type = inode.type();
  return type == mode::kRegular || type == mode::kDirectory || (type == mode::kLink && !inode.short_link());
}

}  // namespace

Result<bool> free_behind(Operation& operation, Inode& inode, std::uint64_t first) {
  if (!has_map(inode) || inode.has(in::kInlineDataFlag)) return true;
  if (!inode.has(in::kExtentsFlag)) return free_indirect(operation, inode, first);
  return TRY(remove_extents(operation, inode, first, kMostFileBlocks)) == first;
}

Io<> free_inode(Volume& volume, std::uint32_t number) {
  InodeLock lock;
  volume.inodes[number].going = true;
  if (const Result<void> taken = co_await lock.take(volume, number, InodeLock::Mode::exclusive); !taken) co_return taken;
  Result<bool> done = false;
  while (done && !*done) {
    done = co_await change(volume, [number, &volume](Operation& operation) -> Result<bool> {
      Inode inode = TRY(Inode::open(operation, number));
      if (inode.links() != 0) return fail(Error::corrupt);
      if (!TRY(free_behind(operation, inode, 0))) return false;
      TRY(drop_attribute_block(operation, inode));
      TRY(remove_orphan(operation, inode));
      const Room raw = TRY(inode.edit());
      // A small number would look like a link of the orphan list.
      put32(raw, in::kDeleted, std::max(get32(raw, in::kChanged), volume.geometry.inodes));
      put32(raw, in::kSize, 0);
      put32(raw, in::kSizeHigh, 0);
      TRY(release_inode(operation, number, inode.is_directory()));
      return true;
    });
  }
  volume.inodes[number].going = false;
  if (!done) co_return fail(done.error());
  co_return Result<void>();
}

Io<> finish_cut(Volume& volume, std::uint32_t number) {
  Result<bool> done = false;
  while (done && !*done) {
    done = co_await change(volume, [number, &volume](Operation& operation) -> Result<bool> {
      Inode inode = TRY(Inode::open(operation, number));
      const std::uint64_t first = (inode.size() + volume.geometry.block_bytes - 1) >> volume.geometry.block_shift;
      if (!TRY(free_behind(operation, inode, first))) return false;
      TRY(remove_orphan(operation, inode));
      return true;
    });
  }
  if (!done) co_return fail(done.error());
  co_return Result<void>();
}

}  // namespace tessera::fs::ext4
