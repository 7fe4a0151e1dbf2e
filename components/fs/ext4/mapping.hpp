// SPDX-License-Identifier: Apache-2.0
// Which blocks of the disk hold a file's blocks: by extents, or in the old way by tables of blocks.
#pragma once

#include "components/fs/ext4/inode.hpp"

namespace tessera::fs::ext4 {

inline constexpr std::uint64_t kMostFileBlocks = 0xffff'ffff;  // numbers of blocks have 32 bits, and the last is of no use

// What lies at a file's block, and at how many behind it.
struct Mapping {
  std::uint64_t physical = 0;  // 0: a hole
  std::uint64_t count = 0;     // at least 1
  bool unwritten = false;      // allocated, and reads as zeros
  [[nodiscard]] bool hole() const { return physical == 0; }
  [[nodiscard]] bool written() const { return physical != 0 && !unwritten; }
};

// `most`: more is not of interest.
Result<Mapping> map_block(Operation& operation, const Inode& inode, std::uint64_t logical, std::uint64_t most);

// A block of a directory, or of a long link; a hole is corrupt.
Result<std::uint64_t> metadata_block(Operation& operation, const Inode& inode, std::uint64_t logical);

// In the old way (indirect.cpp).
Result<Mapping> map_indirect(Operation& operation, const Inode& inode, std::uint64_t logical, std::uint64_t most);

}  // namespace tessera::fs::ext4
