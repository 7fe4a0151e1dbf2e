// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "components/fs/ext4/allocator.hpp"
#include "components/fs/ext4/extent_edit.hpp"

namespace tessera::fs::ext4 {

namespace {

constexpr std::size_t kMostChanged = 10;  // blocks of one operation, about
constexpr std::uint64_t kMostForgotten = 64;

// Without an entry, and without the nodes that it was the last of.
Result<void> drop_entry(Operation& operation, Inode& inode, const TreePath& path) {
  for (std::uint32_t level = path.length - 1;; --level) {
    const Node& node = path.nodes[level];
    if (level == 0 || node.count() > 1) {
      TRY(close_gap(operation, inode, node, node.at));
      if (level == 0 && node.count() == 0) put_empty_tree(TRY(edit_node(operation, inode, node, 0, 0)));
      else if (node.at == 0 && node.count() != 0) TRY(fix_keys(operation, inode, path, level, node.key(0)));
      return {};
    }
    TRY(free_blocks(operation, {.first = node.block, .count = 1}, true));
    TRY(inode.add_blocks(-1));
  }
}

// A tree that has become so small that the root holds it is there again.
Result<void> shrink(Operation& operation, Inode& inode) {
  const Node root{.block = 0, .bytes = inode.map(), .at = 0};
  if (root.depth() != 1 || root.count() != 1) return {};
  const std::uint64_t block = root.child(0);
  const Node leaf{.block = block, .bytes = TRY(operation.read(block, Kind::extents, inode.seed())), .at = 0};
  if (leaf.depth() != 0 || leaf.count() > root.capacity()) return {};
  const Room raw = TRY(edit_node(operation, inode, root, 0, 0));
  const std::uint32_t count = leaf.count();
  put_empty_tree(raw);
  put16(raw, 2, count);
  copy(raw.subspan(12), leaf.bytes.subspan(12, 12 * std::size_t{count}));
  TRY(free_blocks(operation, {.first = block, .count = 1}, true));
  return inode.add_blocks(-1);
}

}  // namespace

Result<std::uint64_t> remove_extents(Operation& operation, Inode& inode, std::uint64_t first, std::uint64_t end) {
  const bool metadata = inode.type() != mode::kRegular;
  end = std::min(end, kMostFileBlocks);
  bool any = false;
  while (end > first && operation.changed_blocks() < kMostChanged) {
    TreePath path = TRY(find_leaf(operation, inode, end - 1));
    const Node& leaf = path.leaf();
    if (leaf.at == TreePath::kBefore || leaf.count() == 0) {
      end = first;
      break;
    }
    const Extent old = leaf.extent(leaf.at);
    if (old.count == 0) return fail(Error::corrupt);
    if (old.end() <= first) {
      end = first;
      break;
    }
    const std::uint64_t to = std::min(end, old.end());
    const std::uint64_t from = std::max({first, old.logical, metadata && to > kMostForgotten ? to - kMostForgotten : 0});
    any = true;
    end = from;
    TRY(free_blocks(operation, {.first = old.physical + (from - old.logical), .count = to - from}, metadata));
    TRY(inode.add_blocks(-static_cast<std::int64_t>(to - from)));
    const Extent before{.logical = old.logical, .physical = old.physical, .count = static_cast<std::uint32_t>(from - old.logical), .unwritten = old.unwritten};
    const Extent behind{.logical = to, .physical = old.physical + (to - old.logical), .count = static_cast<std::uint32_t>(old.end() - to), .unwritten = old.unwritten};
    if (before.count == 0 && behind.count == 0) {
      TRY(drop_entry(operation, inode, path));
    } else if (before.count != 0) {
      put_extent(TRY(edit_node(operation, inode, leaf, leaf.at, 1)), leaf.at, before);
      if (behind.count != 0) TRY(insert_uncounted(operation, inode, behind));
    } else {
      put_extent(TRY(edit_node(operation, inode, leaf, leaf.at, 1)), leaf.at, behind);
      if (leaf.at == 0) TRY(fix_keys(operation, inode, path, path.length - 1, behind.logical));
    }
  }
  if (any) TRY(shrink(operation, inode));
  return end;
}

}  // namespace tessera::fs::ext4
