// SPDX-License-Identifier: Apache-2.0
#include "components/fs/ext4/allocator.hpp"

#include <algorithm>

#include "components/fs/ext4/bitmap.hpp"
#include "components/fs/ext4/groups.hpp"
#include "components/fs/ext4/tasks.hpp"

namespace tessera::fs::ext4 {

namespace {

constexpr std::uint32_t kMostGroups = 16;  // that are searched for a longer run, once there is one

bool is_in(const std::vector<Range>& ranges, std::uint64_t block, std::uint64_t& end) {
  for (const Range& range : ranges) {
    if (block < range.first || block >= range.end()) continue;
    end = range.end();
    return true;
  }
  return false;
}

// The longest run from bit `at` on that is neither used nor busy, at most `count` long; the first that is as long will do.
Range search(Operation& operation, std::uint32_t group, Bytes map, std::uint32_t at, std::uint32_t limit, std::uint64_t count) {
  Volume& volume = operation.volume;
  const std::uint64_t base = volume.geometry.first_block(group);
  Range best;
  while (at < limit) {
    at = next_bit(map, false, at, limit);
    if (at == limit) break;
    std::uint64_t busy_end = volume.busy.end_of(base + at);
    if (busy_end != base + at || is_in(operation.freed, base + at, busy_end)) {
      at = static_cast<std::uint32_t>(std::min<std::uint64_t>(busy_end - base, limit));
      continue;
    }
    std::uint64_t end = base + next_bit(map, true, at, limit);
    end = volume.busy.next(base + at, end);
    for (const Range& range : operation.freed) {
      if (range.first > base + at) end = std::min(end, range.first);
    }
    const Range run{.first = base + at, .count = std::min(end - (base + at), count)};
    if (run.count > best.count) best = run;
    if (best.count == count) break;
    at = static_cast<std::uint32_t>(end - base);
  }
  return best;
}

// The part of a range that lies in the group it begins in.
struct Part {
  std::uint32_t group, first, count;
};
Part first_part(const Geometry& geometry, Range range) {
  const std::uint32_t group = geometry.group_of(range.first);
  const auto first = static_cast<std::uint32_t>(range.first - geometry.first_block(group));
  return {.group = group,
          .first = first,
          .count = static_cast<std::uint32_t>(std::min<std::uint64_t>(range.count, geometry.blocks_in(group) - first))};
}

}  // namespace

Result<Range> find_free(Operation& operation, std::uint64_t goal, std::uint64_t count) {
  const Geometry& geometry = operation.volume.geometry;
  if (!geometry.holds(goal, 1)) goal = geometry.first_data_block;
  const std::uint32_t first_group = geometry.group_of(goal);
  const auto wanted = static_cast<std::uint32_t>(goal - geometry.first_block(first_group));
  Range best;
  std::uint32_t searched = 0;
  for (std::uint32_t i = 0; i < geometry.groups; ++i) {
    const std::uint32_t group = (first_group + i) % geometry.groups;
    if (TRY(descriptor(operation, group)).free_blocks() == 0) continue;
    const Bytes map = TRY(block_bitmap(operation, group));
    const std::uint32_t limit = geometry.blocks_in(group);
    if (i == 0) {
      const Range there = search(operation, group, map, wanted, std::min(limit, wanted + 1), 1);
      if (there.count != 0) return search(operation, group, map, wanted, next_bit(map, true, wanted, limit), count);
    }
    Range run = search(operation, group, map, i == 0 ? wanted : 0, limit, count);
    if (i == 0 && run.count < count) {
      const Range before = search(operation, group, map, 0, wanted, count);
      if (before.count > run.count) run = before;
    }
    if (run.count > best.count) best = run;
    if (best.count == count || (best.count != 0 && ++searched == kMostGroups)) break;
  }
  if (best.count == 0) return fail(Error::no_space);
  return best;
}

Result<void> take_blocks(Operation& operation, Range range) {
  const Geometry& geometry = operation.volume.geometry;
  if (!operation.volume.may_hold_data(range)) return fail(Error::corrupt);
  while (range.count != 0) {
    const Part part = first_part(geometry, range);
    const std::size_t first_byte = part.first / 8, end_byte = (part.first + part.count + 7) / 8;
    const Room map = TRY(edit_block_bitmap(operation, part.group, first_byte, end_byte - first_byte));
    if (next_bit(map, true, part.first, part.first + part.count) != part.first + part.count) return fail(Error::corrupt);
    set_bits(map, part.first, part.count);
    const Room raw = TRY(edit_descriptor(operation, part.group));
    const std::uint32_t free = TRY(descriptor(operation, part.group)).free_blocks();
    if (free < part.count) return fail(Error::corrupt);
    put_half(raw, gd::kFreeBlocks, gd::kFreeBlocksHigh, free - part.count);
    operation.free_blocks -= part.count;
    range = {.first = range.first + part.count, .count = range.count - part.count};
  }
  return {};
}

Result<Range> allocate_blocks(Operation& operation, std::uint64_t goal, std::uint64_t count) {
  const Volume& volume = operation.volume;
  if (volume.free_blocks <= volume.reserved) return fail(Error::no_space);
  const Range range = TRY(find_free(operation, goal, count));
  TRY(take_blocks(operation, range));
  return range;
}

Result<void> free_blocks(Operation& operation, Range range, bool metadata) {
  const Geometry& geometry = operation.volume.geometry;
  if (!operation.volume.may_hold_data(range)) return fail(Error::corrupt);
  operation.freed.push_back(range);
  for (std::uint64_t block = range.first; metadata && block < range.end(); ++block) TRY(operation.forget(block));
  while (range.count != 0) {
    const Part part = first_part(geometry, range);
    const std::size_t first_byte = part.first / 8, end_byte = (part.first + part.count + 7) / 8;
    const Room map = TRY(edit_block_bitmap(operation, part.group, first_byte, end_byte - first_byte));
    if (next_bit(map, false, part.first, part.first + part.count) != part.first + part.count) return fail(Error::corrupt);
    clear_bits(map, part.first, part.count);
    const Room raw = TRY(edit_descriptor(operation, part.group));
    const std::uint32_t free = TRY(descriptor(operation, part.group)).free_blocks() + part.count;
    if (free > geometry.blocks_in(part.group)) return fail(Error::corrupt);
    put_half(raw, gd::kFreeBlocks, gd::kFreeBlocksHigh, free);
    operation.free_blocks += part.count;
    range = {.first = range.first + part.count, .count = range.count - part.count};
  }
  return {};
}

Io<Range> reserve_blocks(Volume& volume, std::uint64_t goal, std::uint64_t count) {
  co_return co_await look(volume, [&volume, goal, count](Operation& operation) -> Result<Range> {
    const Range range = TRY(find_free(operation, goal, count));
    volume.busy.add(range);
    volume.reserved += range.count;
    return range;
  });
}

void release_blocks(Volume& volume, Range range) {
  volume.busy.remove(range);
  volume.reserved -= range.count;
}

std::uint64_t goal_of(const Inode& inode) {
  const Geometry& geometry = inode.operation->volume.geometry;
  return geometry.first_block((inode.number() - 1) / geometry.inodes_per_group);
}

namespace {

// Directories of the root are spread, others stay near their parent.
Result<std::uint32_t> group_for_inode(Operation& operation, std::uint32_t parent, bool is_directory) {
  const Geometry& geometry = operation.volume.geometry;
  const std::uint32_t near = (parent - 1) / geometry.inodes_per_group;
  if (!is_directory || parent != kRootInode) return near;
  std::uint32_t best = near, most = 0;
  for (std::uint32_t group = 0; group < geometry.groups; group += geometry.groups_per_flex) {
    const Descriptor of = TRY(descriptor(operation, group));
    if (of.free_inodes() == 0 || of.free_blocks() <= most) continue;
    most = of.free_blocks();
    best = group;
  }
  return best;
}

}  // namespace

Result<std::uint32_t> allocate_inode(Operation& operation, std::uint32_t parent, bool is_directory) {
  const Geometry& geometry = operation.volume.geometry;
  const std::uint32_t start = TRY(group_for_inode(operation, parent, is_directory));
  for (std::uint32_t i = 0; i < geometry.groups; ++i) {
    const std::uint32_t group = (start + i) % geometry.groups;
    if (TRY(descriptor(operation, group)).free_inodes() == 0) continue;
    // The lowest: inodes behind the highest that ever was used may be garbage.
    const std::uint32_t reserved = group == 0 ? geometry.first_inode - 1 : 0;
    const std::uint32_t at = next_bit(TRY(inode_bitmap(operation, group)), false, reserved, geometry.inodes_per_group);
    if (at == geometry.inodes_per_group) return fail(Error::corrupt);
    const std::uint16_t old_flags = TRY(descriptor(operation, group)).flags();
    set_bit(TRY(edit_inode_bitmap(operation, group, at / 8, 1)), at);
    if (geometry.uninit_groups() && (old_flags & gd::kBlockUninit) != 0) (void)TRY(edit_block_bitmap(operation, group, 0, 0));
    const Room raw = TRY(edit_descriptor(operation, group));
    const Descriptor of = TRY(descriptor(operation, group));
    put_half(raw, gd::kFreeInodes, gd::kFreeInodesHigh, of.free_inodes() - 1);
    if (is_directory) put_half(raw, gd::kUsedDirs, gd::kUsedDirsHigh, of.directories() + 1);
    if (geometry.uninit_groups()) {
      const std::uint32_t unused = (old_flags & gd::kInodeUninit) != 0 ? geometry.inodes_per_group : of.unused_inodes();
      put_half(raw, gd::kUnusedInodes, gd::kUnusedInodesHigh, std::min(unused, geometry.inodes_per_group - at - 1));
    }
    operation.free_inodes -= 1;
    return group * geometry.inodes_per_group + at + 1;
  }
  return fail(Error::no_space);
}

Result<void> release_inode(Operation& operation, std::uint32_t number, bool is_directory) {
  const Geometry& geometry = operation.volume.geometry;
  const std::uint32_t group = (number - 1) / geometry.inodes_per_group, at = (number - 1) % geometry.inodes_per_group;
  const Room map = TRY(edit_inode_bitmap(operation, group, at / 8, 1));
  if (number < geometry.first_inode || !bit(map, at)) return fail(Error::corrupt);
  clear_bit(map, at);
  const Room raw = TRY(edit_descriptor(operation, group));
  const Descriptor of = TRY(descriptor(operation, group));
  if (of.free_inodes() >= geometry.inodes_per_group || (is_directory && of.directories() == 0)) return fail(Error::corrupt);
  put_half(raw, gd::kFreeInodes, gd::kFreeInodesHigh, of.free_inodes() + 1);
  if (is_directory) put_half(raw, gd::kUsedDirs, gd::kUsedDirsHigh, of.directories() - 1);
  operation.free_inodes += 1;
  return {};
}

}  // namespace tessera::fs::ext4
