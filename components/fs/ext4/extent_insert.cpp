// SPDX-License-Identifier: Apache-2.0
// Adding extents: into a leaf that has room, after splitting nodes on the way, or the root, where it has none.
#include <algorithm>

#include "components/fs/ext4/allocator.hpp"
#include "components/fs/ext4/extent_edit.hpp"

namespace tessera::fs::ext4 {

Result<Room> edit_node(Operation& operation, Inode& inode, const Node& node, std::uint32_t first, std::uint32_t count) {
  if (node.block == 0) return TRY(inode.edit()).subspan(in::kBlock, in::kBlockBytes);
  (void)TRY(operation.edit(node.block, Kind::extents, inode.seed(), 0, 12));
  return operation.edit(node.block, Kind::extents, inode.seed(), 12 + 12 * std::size_t{first}, 12 * std::size_t{count});
}

Result<Room> open_gap(Operation& operation, Inode& inode, const Node& node, std::uint32_t at) {
  const std::uint32_t count = node.count();
  const Room raw = TRY(edit_node(operation, inode, node, at, count + 1 - at));
  copy(raw.subspan(12 + 12 * (std::size_t{at} + 1)), Bytes(raw).subspan(12 + 12 * std::size_t{at}, 12 * std::size_t{count - at}));
  put16(raw, 2, count + 1);
  return raw;
}

Result<void> close_gap(Operation& operation, Inode& inode, const Node& node, std::uint32_t at) {
  const std::uint32_t count = node.count();
  const Room raw = TRY(edit_node(operation, inode, node, at, count - at));
  copy(raw.subspan(12 + 12 * std::size_t{at}), Bytes(raw).subspan(12 + 12 * (std::size_t{at} + 1), 12 * std::size_t{count - at - 1}));
  clear(raw.subspan(12 + 12 * std::size_t{count - 1}, 12));
  put16(raw, 2, count - 1);
  return {};
}

Result<void> fix_keys(Operation& operation, Inode& inode, const TreePath& path, std::uint32_t level, std::uint64_t key) {
  while (level != 0) {
    const Node& above = path.nodes[--level];
    put32(TRY(edit_node(operation, inode, above, above.at, 1)), 12 + 12 * std::size_t{above.at}, static_cast<std::uint32_t>(key));
    if (above.at != 0) break;
  }
  return {};
}

namespace {

std::uint32_t block_capacity(const Operation& operation) { return (operation.volume.geometry.block_bytes - 12) / 12; }

// The root's entries move into a block of their own, one level down.
Result<void> grow(Operation& operation, Inode& inode, const Node& root, std::uint64_t goal) {
  if (root.depth() == kMostDepth) return fail(Error::too_large);
  const Range block = TRY(allocate_blocks(operation, goal, 1));
  const Room below = TRY(operation.fresh(block.first, Kind::extents, inode.seed()));
  const std::uint64_t key = root.key(0);
  const std::uint32_t depth = root.depth();
  copy(below, root.bytes);
  put_header(below, root.count(), block_capacity(operation), depth);
  const Room raw = TRY(edit_node(operation, inode, root, 0, 0));
  clear(raw);
  put_header(raw, 1, (in::kBlockBytes - 12) / 12, depth + 1);
  put_child(raw, 0, key, block.first);
  return inode.add_blocks(1);
}

// The entries from `at` on move into a new node beside.
Result<void> split(Operation& operation, Inode& inode, const Node& above, const Node& node, std::uint32_t at, std::uint64_t goal) {
  const Range block = TRY(allocate_blocks(operation, goal, 1));
  const Room beside = TRY(operation.fresh(block.first, Kind::extents, inode.seed()));
  const std::uint32_t count = node.count();
  const std::uint64_t key = node.key(at);
  put_header(beside, count - at, block_capacity(operation), node.depth());
  copy(beside.subspan(12), node.bytes.subspan(12 + 12 * std::size_t{at}, 12 * std::size_t{count - at}));
  const Room raw = TRY(edit_node(operation, inode, node, at, count - at));
  clear(raw.subspan(12 + 12 * std::size_t{at}, 12 * std::size_t{count - at}));
  put16(raw, 2, at);
  put_child(TRY(open_gap(operation, inode, above, above.at + 1)), above.at + 1, key, block.first);
  return inode.add_blocks(1);
}

// One step towards a leaf with room.
Result<void> make_room(Operation& operation, Inode& inode, TreePath& path, std::uint64_t goal) {
  std::uint32_t level = path.length - 1;
  while (level != 0 && path.nodes[level - 1].count() == path.nodes[level - 1].capacity()) --level;
  const Node& node = path.nodes[level];
  if (level == 0) return grow(operation, inode, node, goal);
  // Files mostly grow at their end: then what is before stays full.
  const Node& leaf = path.leaf();
  const bool at_end = path.next == kMostFileBlocks && leaf.at + 1 == leaf.count();
  return split(operation, inode, path.nodes[level - 1], node, at_end ? node.count() - 1 : node.count() / 2, goal);
}

bool joins(const Extent& left, const Extent& right) {
  return left.end() == right.logical && left.physical + left.count == right.physical && left.unwritten == right.unwritten &&
         left.count + right.count <= (left.unwritten ? kMostUnwritten : kMostWritten);
}

}  // namespace

Result<void> insert_uncounted(Operation& operation, Inode& inode, const Extent& extent) {
  for (unsigned attempt = 0; attempt <= 2 * kMostDepth + 2; ++attempt) {
    TreePath path = TRY(find_leaf(operation, inode, extent.logical));
    const Node leaf = path.leaf();
    const std::uint32_t next = leaf.at == TreePath::kBefore || leaf.count() == 0 ? 0 : leaf.at + 1;
    if (next != 0) {
      Extent left = leaf.extent(next - 1);
      if (left.end() > extent.logical) return fail(Error::corrupt);
      if (joins(left, extent)) {
        left.count += extent.count;
        put_extent(TRY(edit_node(operation, inode, leaf, next - 1, 1)), next - 1, left);
        return {};
      }
    }
    if (next < leaf.count()) {
      Extent right = leaf.extent(next);
      if (extent.end() > right.logical) return fail(Error::corrupt);
      if (joins(extent, right)) {
        right = {.logical = extent.logical, .physical = extent.physical, .count = extent.count + right.count, .unwritten = right.unwritten};
        put_extent(TRY(edit_node(operation, inode, leaf, next, 1)), next, right);
        return next == 0 ? fix_keys(operation, inode, path, path.length - 1, extent.logical) : Result<void>();
      }
    }
    if (leaf.count() < leaf.capacity()) {
      put_extent(TRY(open_gap(operation, inode, leaf, next)), next, extent);
      return next == 0 ? fix_keys(operation, inode, path, path.length - 1, extent.logical) : Result<void>();
    }
    TRY(make_room(operation, inode, path, extent.physical + extent.count));
  }
  return fail(Error::corrupt);
}

Result<std::uint64_t> data_goal(Operation& operation, const Inode& inode, std::uint64_t logical) {
  TreePath path = TRY(find_leaf(operation, inode, logical));
  const Node& leaf = path.leaf();
  if (leaf.count() == 0) return goal_of(inode);
  const Extent near = leaf.extent(leaf.at == TreePath::kBefore ? 0 : leaf.at);
  if (near.logical > logical) return near.physical - std::min(near.physical, near.logical - logical);
  return near.physical + (logical - near.logical);
}

Result<void> insert_extent(Operation& operation, Inode& inode, const Extent& extent) {
  TRY(insert_uncounted(operation, inode, extent));
  return inode.add_blocks(extent.count);
}

Result<void> mark_written(Operation& operation, Inode& inode, std::uint64_t logical, std::uint64_t count) {
  const std::uint64_t end = logical + count;
  while (logical < end) {
    TreePath path = TRY(find_leaf(operation, inode, logical));
    const Node leaf = path.leaf();
    if (leaf.at == TreePath::kBefore || leaf.count() == 0) return fail(Error::corrupt);
    const Extent old = leaf.extent(leaf.at);
    if (!old.unwritten || logical >= old.end()) return fail(Error::corrupt);
    const std::uint64_t stop = std::min(end, old.end());
    const Extent before{.logical = old.logical, .physical = old.physical, .count = static_cast<std::uint32_t>(logical - old.logical), .unwritten = true};
    const Extent written{.logical = logical, .physical = old.physical + before.count, .count = static_cast<std::uint32_t>(stop - logical), .unwritten = false};
    const Extent behind{.logical = stop, .physical = written.physical + written.count, .count = static_cast<std::uint32_t>(old.end() - stop), .unwritten = true};
    logical = stop;
    // What is left takes the old one's place; the rest is put in, and joins what it can.
    if (before.count != 0) {
      put_extent(TRY(edit_node(operation, inode, leaf, leaf.at, 1)), leaf.at, before);
      if (behind.count != 0) TRY(insert_uncounted(operation, inode, behind));
      TRY(insert_uncounted(operation, inode, written));
      continue;
    }
    if (leaf.at != 0) {
      Extent left = leaf.extent(leaf.at - 1);
      if (joins(left, written)) {
        left.count += written.count;
        put_extent(TRY(edit_node(operation, inode, leaf, leaf.at - 1, 1)), leaf.at - 1, left);
        if (behind.count != 0) put_extent(TRY(edit_node(operation, inode, leaf, leaf.at, 1)), leaf.at, behind);
        else TRY(close_gap(operation, inode, leaf, leaf.at));
        continue;
      }
    }
    put_extent(TRY(edit_node(operation, inode, leaf, leaf.at, 1)), leaf.at, written);
    if (behind.count != 0) TRY(insert_uncounted(operation, inode, behind));
  }
  return {};
}

}  // namespace tessera::fs::ext4
