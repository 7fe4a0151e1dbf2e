// SPDX-License-Identifier: Apache-2.0
// Directories: names and inodes in blocks, in any order, or found by an index (index.hpp).
#pragma once

#include <optional>

#include "components/fs/ext4/mapping.hpp"
#include "components/fs/file_system.hpp"

namespace tessera::fs::ext4 {

inline constexpr std::uint32_t kLongestName = 255;

// An entry in a block; inode 0: nobody's room.
struct Dirent {
  std::uint32_t offset = 0, length = 0;  // length: with the room behind it
  std::uint32_t inode = 0;
  std::uint8_t type = 0;
  std::string_view name;
  [[nodiscard]] std::uint32_t end() const { return offset + length; }
  [[nodiscard]] std::uint32_t used() const { return inode == 0 ? 0 : (8 + static_cast<std::uint32_t>(name.size()) + 3) / 4 * 4; }
};
// The one at `offset`, checked; `end`: where the entries of the block end.
Result<Dirent> dirent_at(const Volume& volume, Bytes block, std::uint32_t offset, std::uint32_t end);
void put_dirent(Room block, std::uint32_t offset, std::uint32_t length, std::uint32_t inode, std::uint8_t type, std::string_view name);
// An entry's type in the directory, and as the bits of a mode.
[[nodiscard]] std::uint8_t dirent_type(const Volume& volume, std::uint32_t mode);
[[nodiscard]] std::uint32_t mode_of_dirent(std::uint8_t type);

// Where entries end in a block that is no index.
[[nodiscard]] std::uint32_t entries_end(const Volume& volume);
[[nodiscard]] std::uint64_t directory_blocks(const Inode& directory);
// The n-th block.
Result<Bytes> directory_block(Operation& operation, const Inode& directory, std::uint64_t logical);
Result<Room> edit_directory_block(Operation& operation, const Inode& directory, std::uint64_t logical, std::size_t offset,
                                  std::size_t bytes);
// Makes it the checksum's place at the end, if there are checksums.
void put_tail(const Volume& volume, Room block);

// Where a name is.
struct Place {
  static constexpr std::uint64_t kInline = ~std::uint64_t{0};
  std::uint64_t logical = 0;  // block of the directory
  std::uint32_t offset = 0;
  std::uint32_t inode = 0;
};
Result<Place> find_name(Operation& operation, const Inode& directory, std::string_view name);
// In one block.
Result<std::optional<Place>> find_in_block(const Volume& volume, Bytes block, std::uint64_t logical, std::uint32_t end, std::string_view name);

// A name that is not there yet.
Result<void> add_name(Operation& operation, Inode& directory, std::string_view name, std::uint32_t inode, std::uint32_t mode);
Result<void> remove_name(Operation& operation, Inode& directory, const Place& place);
// Lets the name, or "..", mean another inode.
Result<void> set_inode(Operation& operation, Inode& directory, const Place& place, std::uint32_t inode, std::uint32_t mode);
// No names but "." and "..".
Result<bool> is_empty(Operation& operation, const Inode& directory);
Result<Place> find_parent(Operation& operation, const Inode& directory);
// The first block of a new one.
Result<void> make_directory(Operation& operation, Inode& directory, std::uint32_t parent);

// Some entries from `position` on. `full`: the sink took no more.
struct Listed {
  std::uint64_t position = 0;
  bool end = false, full = false;
};
Result<Listed> list_some(Operation& operation, const Inode& directory, std::uint64_t position, DirectorySink& sink);

}  // namespace tessera::fs::ext4
