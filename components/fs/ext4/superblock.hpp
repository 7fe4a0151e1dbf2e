// SPDX-License-Identifier: Apache-2.0
// What the superblock says of the file system and does not change while it is mounted, checked.
#pragma once

#include <array>
#include <expected>
#include <string_view>

#include "components/fs/bytes.hpp"
#include "components/fs/error.hpp"

namespace tessera::fs::ext4 {

// Why a file system is not mounted: for programs, and for people.
struct MountFailure {
  Error error = Error::invalid;
  std::string_view reason;  // a literal
};

struct Geometry {
  std::uint32_t block_bytes = 0, block_shift = 0;
  std::uint64_t blocks = 0, reserved_blocks = 0;
  std::uint32_t first_data_block = 0;
  std::uint32_t blocks_per_group = 0, inodes_per_group = 0, groups = 0;
  std::uint32_t inodes = 0, first_inode = 0;
  std::uint32_t inode_bytes = 0, want_extra_isize = 0;
  std::uint32_t descriptor_bytes = 0, reserved_gdt_blocks = 0, first_meta_bg = 0;
  std::uint32_t groups_per_flex = 1;
  std::array<std::uint32_t, 2> backup_groups{};
  std::uint32_t compat = 0, incompat = 0, ro_compat = 0;
  std::array<std::byte, 16> uuid{}, label{};
  std::array<std::uint32_t, 4> hash_seed{};
  std::uint8_t hash_version = 0;
  bool unsigned_hash = false;
  bool checksums = false;        // metadata_csum
  bool group_checksums = false;  // uninit_bg, without it
  std::uint32_t checksum_seed = 0;
  std::uint32_t journal_inode = 0, journal_device = 0, orphan_file_inode = 0;

  [[nodiscard]] bool has_compat(std::uint32_t bit) const { return (compat & bit) != 0; }
  [[nodiscard]] bool has_incompat(std::uint32_t bit) const { return (incompat & bit) != 0; }
  [[nodiscard]] bool has_ro_compat(std::uint32_t bit) const { return (ro_compat & bit) != 0; }
  [[nodiscard]] bool uninit_groups() const { return checksums || group_checksums; }
  [[nodiscard]] std::uint32_t sectors_per_block() const { return block_bytes / 512; }

  // The block that holds the superblock, and where in it.
  [[nodiscard]] std::uint64_t superblock_block() const { return block_bytes == 1024 ? 1 : 0; }
  [[nodiscard]] std::size_t superblock_offset() const { return block_bytes == 1024 ? 0 : 1024; }

  [[nodiscard]] std::uint32_t group_of(std::uint64_t block) const {
    return static_cast<std::uint32_t>((block - first_data_block) / blocks_per_group);
  }
  [[nodiscard]] std::uint64_t first_block(std::uint32_t group) const {
    return first_data_block + std::uint64_t{group} * blocks_per_group;
  }
  [[nodiscard]] std::uint32_t blocks_in(std::uint32_t group) const {
    const std::uint64_t first = first_block(group);
    return static_cast<std::uint32_t>(blocks - first < blocks_per_group ? blocks - first : blocks_per_group);
  }
  [[nodiscard]] bool holds(std::uint64_t block, std::uint64_t count) const {
    return block >= first_data_block && block < blocks && count <= blocks - block;
  }
  [[nodiscard]] std::uint32_t descriptors_per_block() const { return block_bytes / descriptor_bytes; }
  [[nodiscard]] std::uint32_t descriptor_blocks() const { return (groups + descriptors_per_block() - 1) / descriptors_per_block(); }
  [[nodiscard]] std::uint32_t inode_table_blocks() const {
    return static_cast<std::uint32_t>((std::uint64_t{inodes_per_group} * inode_bytes + block_bytes - 1) / block_bytes);
  }
  // Whether the group begins with a copy of the superblock.
  [[nodiscard]] bool has_superblock(std::uint32_t group) const;
  // Where the n-th block of descriptors lies.
  [[nodiscard]] std::uint64_t descriptor_block(std::uint32_t index) const;
  // How many blocks of this group are superblock, descriptors and the room for more of them.
  [[nodiscard]] std::uint32_t base_blocks(std::uint32_t group) const;
};

struct SuperblockUse {
  bool writable = false;        // it is to be mounted for writing
  bool trust_checksum = true;   // false: it may be wrong
};
// Of the 1024 bytes at 1024.
[[nodiscard]] std::expected<Geometry, MountFailure> read_superblock(Bytes bytes, std::uint64_t device_bytes, SuperblockUse use);
[[nodiscard]] std::uint32_t superblock_checksum(Bytes bytes);

}  // namespace tessera::fs::ext4
