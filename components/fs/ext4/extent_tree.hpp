// SPDX-License-Identifier: Apache-2.0
// The tree of extents of a file: its root in the inode, its nodes in blocks, each with entries in order.
#pragma once

#include <array>

#include "components/fs/ext4/mapping.hpp"

namespace tessera::fs::ext4 {

inline constexpr std::uint32_t kMostDepth = 5;
inline constexpr std::uint32_t kMostWritten = 32768, kMostUnwritten = 32767;  // blocks of one extent

struct Extent {
  std::uint64_t logical = 0, physical = 0;
  std::uint32_t count = 0;
  bool unwritten = false;
  [[nodiscard]] std::uint64_t end() const { return logical + count; }
};

// A node as it is: header of 12 bytes, entries of 12 bytes.
struct Node {
  std::uint64_t block = 0;  // 0: in the inode
  Bytes bytes;              // of the whole node
  std::uint32_t at = 0;     // the entry on the way, once it was looked for; == count(): there is none

  [[nodiscard]] std::uint32_t count() const { return get16(bytes, 2); }
  [[nodiscard]] std::uint32_t capacity() const { return get16(bytes, 4); }
  [[nodiscard]] std::uint32_t depth() const { return get16(bytes, 6); }
  [[nodiscard]] std::uint64_t key(std::uint32_t index) const { return get32(bytes, 12 + 12 * std::size_t{index}); }
  [[nodiscard]] Extent extent(std::uint32_t index) const;       // of a leaf
  [[nodiscard]] std::uint64_t child(std::uint32_t index) const;  // of others
};

// From the root to the leaf that a block belongs to. In a leaf `at` is the last extent that begins at or
// before the block; kBefore: all begin behind it.
struct TreePath {
  static constexpr std::uint32_t kBefore = ~0u;
  std::array<Node, kMostDepth + 1> nodes{};
  std::uint32_t length = 0;
  std::uint64_t next = 0;  // where the extents of the next leaf begin; kMostFileBlocks: there is none
  [[nodiscard]] Node& leaf() { return nodes[length - 1]; }
};
Result<TreePath> find_leaf(Operation& operation, const Inode& inode, std::uint64_t logical);

void put_extent(Room node, std::uint32_t index, const Extent& extent);
void put_child(Room node, std::uint32_t index, std::uint64_t logical, std::uint64_t block);
void put_header(Room node, std::uint32_t count, std::uint32_t capacity, std::uint32_t depth);

// Adds an extent where there is none; it may join its neighbours. The blocks are counted to the inode.
Result<void> insert_extent(Operation& operation, Inode& inode, const Extent& extent);
// Unwritten blocks are written now.
Result<void> mark_written(Operation& operation, Inode& inode, std::uint64_t logical, std::uint64_t count);
// Takes out what lies in [first, end), from its end on, as much as one operation should: returns where that
// ended, `first` when nothing is left. The blocks are freed.
Result<std::uint64_t> remove_extents(Operation& operation, Inode& inode, std::uint64_t first, std::uint64_t end);
// Where the blocks of a hole are best looked for: behind what lies before it.
Result<std::uint64_t> data_goal(Operation& operation, const Inode& inode, std::uint64_t logical);
// An empty tree.
void put_empty_tree(Room map);

}  // namespace tessera::fs::ext4
