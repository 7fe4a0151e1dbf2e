// SPDX-License-Identifier: Apache-2.0
// Free blocks and inodes: found near where they are wanted, in runs as long as possible.
#pragma once

#include "components/fs/ext4/inode.hpp"

namespace tessera::fs::ext4 {

// A run of at most `count` free blocks, at `goal` if that is free, else as near as may be. Takes nothing.
Result<Range> find_free(Operation& operation, std::uint64_t goal, std::uint64_t count);
// They are used from now on.
Result<void> take_blocks(Operation& operation, Range range);
// Both.
Result<Range> allocate_blocks(Operation& operation, std::uint64_t goal, std::uint64_t count);
// `metadata`: they were in the cache, and may be in the journal.
Result<void> free_blocks(Operation& operation, Range range, bool metadata);

// Found and kept for somebody who writes data into them before they become a file's.
Io<Range> reserve_blocks(Volume& volume, std::uint64_t goal, std::uint64_t count);
void release_blocks(Volume& volume, Range range);

// Where an inode's first block is looked for.
[[nodiscard]] std::uint64_t goal_of(const Inode& inode);

// A new inode's number.
Result<std::uint32_t> allocate_inode(Operation& operation, std::uint32_t parent, bool is_directory);
Result<void> release_inode(Operation& operation, std::uint32_t number, bool is_directory);

}  // namespace tessera::fs::ext4
