// SPDX-License-Identifier: Apache-2.0
#include "components/fs/ext4/extent_tree.hpp"

#include <algorithm>

namespace tessera::fs::ext4 {

namespace {

constexpr std::uint16_t kMagic = 0xf30a;

// A node's own claims; what its entries say is looked at on the way.
Result<void> check(const Node& node, std::uint32_t depth) {
  if (get16(node.bytes, 0) != kMagic || node.depth() != depth || node.capacity() == 0 || node.count() > node.capacity() ||
      12 + 12 * std::size_t{node.capacity()} > node.bytes.size() || (node.block != 0 && node.count() == 0)) {
    return fail(Error::corrupt);
  }
  return {};
}

// The last entry that begins at or before `logical`.
std::uint32_t search(const Node& node, std::uint64_t logical) {
  std::uint32_t low = 0, high = node.count();
  while (low < high) {
    const std::uint32_t middle = (low + high) / 2;
    if (node.key(middle) <= logical) low = middle + 1;
    else high = middle;
  }
  return low == 0 ? TreePath::kBefore : low - 1;
}

}  // namespace

Extent Node::extent(std::uint32_t index) const {
  const std::size_t place = 12 + 12 * std::size_t{index};
  const std::uint32_t length = get16(bytes, place + 4);
  return {.logical = get32(bytes, place),
          .physical = get32(bytes, place + 8) | std::uint64_t{get16(bytes, place + 6)} << 32,
          .count = length > kMostWritten ? length - kMostWritten : length,
          .unwritten = length > kMostWritten};
}

std::uint64_t Node::child(std::uint32_t index) const {
  const std::size_t place = 12 + 12 * std::size_t{index};
  return get32(bytes, place + 4) | std::uint64_t{get16(bytes, place + 8)} << 32;
}

void put_extent(Room node, std::uint32_t index, const Extent& extent) {
  const std::size_t place = 12 + 12 * std::size_t{index};
  put32(node, place, static_cast<std::uint32_t>(extent.logical));
  put16(node, place + 4, extent.count + (extent.unwritten ? kMostWritten : 0));
  put16(node, place + 6, extent.physical >> 32);
  put32(node, place + 8, static_cast<std::uint32_t>(extent.physical));
}

void put_child(Room node, std::uint32_t index, std::uint64_t logical, std::uint64_t block) {
  const std::size_t place = 12 + 12 * std::size_t{index};
  put32(node, place, static_cast<std::uint32_t>(logical));
  put32(node, place + 4, static_cast<std::uint32_t>(block));
  put16(node, place + 8, block >> 32);
  put16(node, place + 10, 0);
}

void put_header(Room node, std::uint32_t count, std::uint32_t capacity, std::uint32_t depth) {
  put16(node, 0, kMagic);
  put16(node, 2, count);
  put16(node, 4, capacity);
  put16(node, 6, depth);
  put32(node, 8, 0);
}

void put_empty_tree(Room map) {
  clear(map);
  put_header(map, 0, (in::kBlockBytes - 12) / 12, 0);
}

Result<TreePath> find_leaf(Operation& operation, const Inode& inode, std::uint64_t logical) {
  TreePath path;
  path.next = kMostFileBlocks;
  Node node{.block = 0, .bytes = inode.map(), .at = 0};
  const std::uint32_t depth = node.depth();
  if (depth > kMostDepth) return fail(Error::corrupt);
  for (std::uint32_t level = depth;; --level) {
    TRY(check(node, level));
    node.at = search(node, logical);
    if (level == 0) {
      path.nodes[path.length++] = node;
      return path;
    }
    if (node.count() == 0) return fail(Error::corrupt);
    if (node.at == TreePath::kBefore) node.at = 0;
    if (node.at + 1 < node.count()) path.next = std::min(path.next, node.key(node.at + 1));
    const std::uint64_t child = node.child(node.at);
    path.nodes[path.length++] = node;
    if (!operation.volume.may_hold_data({child, 1})) return fail(Error::corrupt);
    node = Node{.block = child, .bytes = TRY(operation.read(child, Kind::extents, inode.seed())), .at = 0};
  }
}

Result<Mapping> map_block(Operation& operation, const Inode& inode, std::uint64_t logical, std::uint64_t most) {
  if (logical >= kMostFileBlocks) return Mapping{.count = most};
  if (!inode.has(in::kExtentsFlag)) return map_indirect(operation, inode, logical, most);
  TreePath path = TRY(find_leaf(operation, inode, logical));
  const Node& leaf = path.leaf();
  const std::uint32_t next = leaf.at == TreePath::kBefore ? 0 : leaf.at + 1;
  const std::uint64_t end = next < leaf.count() ? leaf.key(next) : path.next;
  if (end <= logical) return fail(Error::corrupt);
  if (leaf.at != TreePath::kBefore && leaf.count() != 0) {
    const Extent extent = leaf.extent(leaf.at);
    if (extent.count == 0 || extent.end() > end || !operation.volume.may_hold_data({extent.physical, extent.count})) {
      return fail(Error::corrupt);
    }
    if (logical < extent.end()) {
      return Mapping{.physical = extent.physical + (logical - extent.logical),
                     .count = std::min(most, extent.end() - logical),
                     .unwritten = extent.unwritten};
    }
  }
  return Mapping{.count = std::min(most, end - logical)};
}

Result<std::uint64_t> metadata_block(Operation& operation, const Inode& inode, std::uint64_t logical) {
  const Mapping mapping = TRY(map_block(operation, inode, logical, 1));
  if (!mapping.written()) return fail(Error::corrupt);
  return mapping.physical;
}

}  // namespace tessera::fs::ext4
