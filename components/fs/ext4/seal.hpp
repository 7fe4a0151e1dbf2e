// SPDX-License-Identifier: Apache-2.0
// The checksums within blocks of metadata: checked when a block was read, made before it is committed.
// (Those of bitmaps lie in the group descriptors: groups.hpp.)
#pragma once

#include "components/fs/ext4/cache.hpp"
#include "components/fs/ext4/superblock.hpp"

namespace tessera::fs::ext4 {

// Of a whole block (not of inodes).
[[nodiscard]] bool seal_holds(const Geometry& geometry, Kind kind, std::uint32_t seed, std::uint64_t block, Bytes contents);
// `changed`: which inodes of an inode table.
void seal(const Geometry& geometry, Kind kind, std::uint32_t seed, std::uint64_t block, Room contents, std::uint64_t changed);

// What the checksums of an inode's own blocks begin with.
[[nodiscard]] std::uint32_t inode_seed(const Geometry& geometry, std::uint32_t inode, std::uint32_t generation);
[[nodiscard]] bool inode_seal_holds(const Geometry& geometry, std::uint32_t inode, Bytes raw);

[[nodiscard]] std::uint16_t descriptor_checksum(const Geometry& geometry, std::uint32_t group, Bytes descriptor);

// Bytes at the end of a block of a linear directory, or of a leaf, that hold its checksum.
inline constexpr std::uint32_t kDirectoryTail = 12;
[[nodiscard]] inline std::uint32_t directory_tail(const Geometry& geometry) { return geometry.checksums ? kDirectoryTail : 0; }

}  // namespace tessera::fs::ext4
