// SPDX-License-Identifier: Apache-2.0
// How the entries of a node of the tree are changed.
#pragma once

#include "components/fs/ext4/extent_tree.hpp"

namespace tessera::fs::ext4 {

// The node's bytes, of which the header and `count` entries from `first` on will be changed.
Result<Room> edit_node(Operation& operation, Inode& inode, const Node& node, std::uint32_t first, std::uint32_t count);
// Room for one more entry at `at`; the node is not full.
Result<Room> open_gap(Operation& operation, Inode& inode, const Node& node, std::uint32_t at);
// Without the entry at `at`.
Result<void> close_gap(Operation& operation, Inode& inode, const Node& node, std::uint32_t at);
// The node at `level` begins at `key` now: so do those above it that it is the first of.
Result<void> fix_keys(Operation& operation, Inode& inode, const TreePath& path, std::uint32_t level, std::uint64_t key);
// As insert_extent, for blocks that are the inode's already.
Result<void> insert_uncounted(Operation& operation, Inode& inode, const Extent& extent);

}  // namespace tessera::fs::ext4
