// SPDX-License-Identifier: Apache-2.0
// The index of a directory (htree): block 0 is its root, with hashes in order and the blocks that names of
// these hashes are in; a level of nodes may lie between. The lowest bit of a hash in the index says that names
// of this very hash are in the block before, too.
#pragma once

#include <array>

#include "components/fs/ext4/directory.hpp"
#include "components/fs/ext4/name_hash.hpp"

namespace tessera::fs::ext4 {

inline constexpr std::uint32_t kMostIndexLevels = 3;

struct IndexLevel {
  std::uint64_t logical = 0;  // block of the directory
  Bytes block;
  std::uint32_t place = 0;  // where the entries lie
  std::uint32_t at = 0;     // the entry on the way

  [[nodiscard]] std::uint32_t limit() const { return get16(block, place); }
  [[nodiscard]] std::uint32_t count() const { return get16(block, place + 2); }
  // The first one's hash is 0.
  [[nodiscard]] std::uint32_t hash(std::uint32_t index) const { return index == 0 ? 0 : get32(block, place + 8 * std::size_t{index}); }
  [[nodiscard]] std::uint32_t child(std::uint32_t index) const { return get32(block, place + 8 * std::size_t{index} + 4) & 0x0fff'ffff; }
};

struct IndexPath {
  NameHasher hasher;
  std::array<IndexLevel, kMostIndexLevels> levels{};
  std::uint32_t length = 0;
  [[nodiscard]] IndexLevel& last() { return levels[length - 1]; }
  [[nodiscard]] std::uint32_t leaf() { return last().child(last().at); }
};

[[nodiscard]] bool is_indexed(const Inode& directory);
// The hasher of names as they are, or will be, indexed.
[[nodiscard]] NameHasher default_hasher(const Volume& volume);

// The way to the leaf of the name, or of a hash.
Result<IndexPath> index_path(Operation& operation, const Inode& directory, std::string_view name);
Result<IndexPath> index_path(Operation& operation, const Inode& directory, std::uint32_t hash);
// On to the next leaf. Its hash in the index; none: there is no other.
Result<std::optional<std::uint32_t>> next_leaf(Operation& operation, const Inode& directory, IndexPath& path);

Result<Place> find_indexed(Operation& operation, const Inode& directory, std::string_view name);
Result<void> add_indexed(Operation& operation, Inode& directory, std::string_view name, std::uint32_t inode, std::uint8_t type);
// Block 0, which is full, becomes the root, and its names go into block 1.
Result<void> make_index(Operation& operation, Inode& directory);

}  // namespace tessera::fs::ext4
