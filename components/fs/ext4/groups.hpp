// SPDX-License-Identifier: Apache-2.0
// Group descriptors and the two bitmaps of each group, with their checksums.
#pragma once

#include "components/fs/ext4/layout.hpp"
#include "components/fs/ext4/volume.hpp"

namespace tessera::fs::ext4 {

// A group's descriptor.
struct Descriptor {
  std::uint64_t block = 0;
  std::uint32_t first_group = 0;  // of its block
  std::size_t offset = 0, bytes = 0;
  Bytes raw;

  [[nodiscard]] std::uint32_t number(std::size_t low, std::size_t high) const {
    return get16(raw, low) | (bytes >= 64 ? std::uint32_t{get16(raw, high)} << 16 : 0);
  }
  [[nodiscard]] std::uint64_t place(std::size_t low, std::size_t high) const {
    return get32(raw, low) | (bytes >= 64 ? std::uint64_t{get32(raw, high)} << 32 : 0);
  }
  [[nodiscard]] std::uint32_t free_blocks() const { return number(gd::kFreeBlocks, gd::kFreeBlocksHigh); }
  [[nodiscard]] std::uint32_t free_inodes() const { return number(gd::kFreeInodes, gd::kFreeInodesHigh); }
  [[nodiscard]] std::uint32_t directories() const { return number(gd::kUsedDirs, gd::kUsedDirsHigh); }
  [[nodiscard]] std::uint32_t unused_inodes() const { return number(gd::kUnusedInodes, gd::kUnusedInodesHigh); }
  [[nodiscard]] std::uint16_t flags() const { return get16(raw, gd::kFlags); }
};
Result<Descriptor> descriptor(Operation& operation, std::uint32_t group);
// To be changed; the fields that have a high half have it only in descriptors of 64 bytes.
Result<Room> edit_descriptor(Operation& operation, std::uint32_t group);
void put_half(Room raw, std::size_t low, std::size_t high, std::uint32_t value);

// The bitmaps, checked. Of a group that never was used they are made up, in memory that is valid until the next call.
Result<Bytes> block_bitmap(Operation& operation, std::uint32_t group);
Result<Bytes> inode_bitmap(Operation& operation, std::uint32_t group);
// To be changed in these bytes; a group that never was used is, from now on.
Result<Room> edit_block_bitmap(Operation& operation, std::uint32_t group, std::size_t offset, std::size_t bytes);
Result<Room> edit_inode_bitmap(Operation& operation, std::uint32_t group, std::size_t offset, std::size_t bytes);

// Puts the checksum of a bitmap that is in the running transaction into its descriptor, which is, too.
void seal_bitmap(Volume& volume, const Entry& bitmap);

}  // namespace tessera::fs::ext4
