// SPDX-License-Identifier: Apache-2.0
// Adding names to an indexed directory: full leaves are split by the hash of their names, full nodes of the index
// too, and a full root gets a level below it.
#include <algorithm>
#include <vector>

#include "components/fs/ext4/directory_edit.hpp"
#include "components/fs/ext4/index.hpp"

namespace tessera::fs::ext4 {

namespace {

constexpr std::uint32_t kRootPlace = 32, kNodePlace = 8;

std::uint32_t index_limit(const Volume& volume, std::uint32_t place) {
  return (volume.geometry.block_bytes - place - (volume.geometry.checksums ? 8 : 0)) / 8;
}

void put_count(Room block, std::uint32_t place, std::uint32_t count) { put16(block, place + 2, count); }

// An index block that is new, without entries.
void put_node(const Volume& volume, Room block) {
  clear(block);
  put16(block, 4, volume.geometry.block_bytes);
  put16(block, kNodePlace, index_limit(volume, kNodePlace));
}

// One more entry behind the one on the way.
Result<void> insert_entry(Operation& operation, const Inode& directory, const IndexLevel& level, std::uint32_t hash, std::uint64_t child) {
  const std::uint32_t count = level.count(), at = level.at + 1;
  if (count >= level.limit()) return fail(Error::corrupt);
  (void)TRY(edit_directory_block(operation, directory, level.logical, level.place, 8));
  const std::size_t first = level.place + 8 * std::size_t{at}, tail = 8 * std::size_t{count - at};
  const Room raw = TRY(edit_directory_block(operation, directory, level.logical, first, tail + 8));
  copy(raw.subspan(first + 8), Bytes(raw).subspan(first, tail));
  put32(raw, first, hash);
  put32(raw, first + 4, static_cast<std::uint32_t>(child));
  put_count(raw, level.place, count + 1);
  return {};
}

// The root's entries move into a node of their own.
Result<void> grow(Operation& operation, Inode& directory, const IndexPath& path) {
  const Volume& volume = operation.volume;
  const std::uint32_t most = volume.geometry.has_incompat(feature::kLargeDir) ? kMostIndexLevels : kMostIndexLevels - 1;
  if (path.length == most) return fail(Error::no_space);
  const IndexLevel& root = path.levels[0];
  std::uint64_t logical = 0;
  const Room below = TRY(append_block(operation, directory, logical));
  put_node(volume, below);
  const std::uint32_t count = root.count(), first_child = root.child(0);
  copy(below.subspan(kNodePlace + 8), root.block.subspan(kRootPlace + 8, 8 * (std::size_t{count} - 1)));
  put32(below, kNodePlace + 4, first_child);
  put_count(below, kNodePlace, count);
  const Room raw = TRY(edit_directory_block(operation, directory, 0, 0, volume.geometry.block_bytes));
  put_count(raw, kRootPlace, 1);
  put32(raw, kRootPlace + 4, static_cast<std::uint32_t>(logical));
  put8(raw, 30, path.length);
  return {};
}

// The upper half of a node's entries moves into a node beside it.
Result<void> split_node(Operation& operation, Inode& directory, const IndexLevel& above, const IndexLevel& node) {
  const Volume& volume = operation.volume;
  std::uint64_t logical = 0;
  const Room beside = TRY(append_block(operation, directory, logical));
  put_node(volume, beside);
  const std::uint32_t count = node.count(), kept = count / 2, moved = count - kept;
  const std::uint32_t hash = node.hash(kept);
  const std::size_t from = node.place + 8 * std::size_t{kept};
  put32(beside, kNodePlace + 4, get32(node.block, from + 4));
  copy(beside.subspan(kNodePlace + 8), node.block.subspan(from + 8, 8 * std::size_t{moved - 1}));
  put_count(beside, kNodePlace, moved);
  put_count(TRY(edit_directory_block(operation, directory, node.logical, node.place, 8)), node.place, kept);
  return insert_entry(operation, directory, above, hash, logical);
}

struct Hashed {
  std::uint32_t hash;
  Dirent entry;
};

void put_entries(const Volume& volume, Room block, Bytes from, std::span<const Hashed> entries) {
  clear(block);
  const std::uint32_t end = entries_end(volume);
  put16(block, 4, end);  // what is said when there are none
  std::uint32_t offset = 0;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const Dirent& entry = entries[i].entry;
    const std::uint32_t used = entry.used();
    copy(block.subspan(offset), from.subspan(entry.offset, used));
    put16(block, offset + 4, i + 1 == entries.size() ? end - offset : used);
    offset += used;
  }
  put_tail(volume, block);
}

// The names of the upper half of the hashes move into a new block.
Result<void> split_leaf(Operation& operation, Inode& directory, IndexPath& path) {
  const Volume& volume = operation.volume;
  const std::uint32_t leaf = path.leaf(), end = entries_end(volume);
  const Bytes block = TRY(directory_block(operation, directory, leaf));
  const std::vector<std::byte> old(block.begin(), block.end());
  std::vector<Hashed> entries;
  std::uint32_t total = 0;
  for (std::uint32_t offset = 0; offset < end;) {
    const Dirent entry = TRY(dirent_at(volume, old, offset, end));
    offset = entry.end();
    if (entry.inode == 0) continue;
    entries.push_back({.hash = path.hasher(entry.name), .entry = entry});
    total += entry.used();
  }
  if (entries.size() < 2) return fail(Error::corrupt);
  std::ranges::sort(entries, {}, [](const Hashed& hashed) { return std::pair(hashed.hash, hashed.entry.offset); });
  std::size_t kept = 0;
  for (std::uint32_t bytes = 0; kept < entries.size() - 1 && (kept == 0 || bytes + entries[kept].entry.used() <= total / 2); ++kept) {
    bytes += entries[kept].entry.used();
  }
  const std::uint32_t hash = entries[kept].hash;
  const bool continued = entries[kept - 1].hash == hash;
  std::uint64_t logical = 0;
  const Room beside = TRY(append_block(operation, directory, logical));
  put_entries(volume, beside, old, std::span(entries).subspan(kept));
  const Room raw = TRY(edit_directory_block(operation, directory, leaf, 0, volume.geometry.block_bytes));
  put_entries(volume, raw, old, std::span(entries).first(kept));
  return insert_entry(operation, directory, path.last(), hash | (continued ? 1 : 0), logical);
}

}  // namespace

Result<void> add_indexed(Operation& operation, Inode& directory, std::string_view name, std::uint32_t inode, std::uint8_t type) {
  for (unsigned attempt = 0; attempt < 16; ++attempt) {
    IndexPath path = TRY(index_path(operation, directory, name));
    const std::uint32_t leaf = path.leaf();
    if (leaf == 0 || leaf >= directory_blocks(directory)) return fail(Error::corrupt);
    if (TRY(add_to_block(operation, directory, leaf, name, inode, type))) return {};
    std::uint32_t full = path.length;
    while (full != 0 && path.levels[full - 1].count() == path.levels[full - 1].limit()) --full;
    if (full == path.length) TRY(split_leaf(operation, directory, path));
    else if (full == 0) TRY(grow(operation, directory, path));
    else TRY(split_node(operation, directory, path.levels[full - 1], path.levels[full]));
  }
  return fail(Error::no_space);
}

Result<void> make_index(Operation& operation, Inode& directory) {
  const Volume& volume = operation.volume;
  const std::uint32_t end = entries_end(volume);
  const Bytes block = TRY(directory_block(operation, directory, 0));
  const std::vector<std::byte> old(block.begin(), block.end());
  std::vector<Hashed> entries;
  std::uint32_t parent = 0, offset = 0;
  while (offset < end) {
    const Dirent entry = TRY(dirent_at(volume, old, offset, end));
    offset = entry.end();
    if (entry.name == ".." && entry.inode != 0) parent = entry.inode;
    if (entry.inode != 0 && entry.name != "." && entry.name != "..") entries.push_back({.hash = 0, .entry = entry});
  }
  if (parent == 0) return fail(Error::corrupt);
  std::uint64_t logical = 0;
  put_entries(volume, TRY(append_block(operation, directory, logical)), old, entries);
  const Room root = TRY(edit_directory_block(operation, directory, 0, 0, volume.geometry.block_bytes));
  clear(root);
  const std::uint8_t type = dirent_type(volume, mode::kDirectory);
  put_dirent(root, 0, 12, directory.number(), type, ".");
  put_dirent(root, 12, volume.geometry.block_bytes - 12, parent, type, "..");
  put8(root, 28, volume.geometry.hash_version <= 2 ? volume.geometry.hash_version : 1);
  put8(root, 29, 8);
  put16(root, kRootPlace, index_limit(volume, kRootPlace));
  put_count(root, kRootPlace, 1);
  put32(root, kRootPlace + 4, static_cast<std::uint32_t>(logical));
  const Room raw = TRY(directory.edit());
  put32(raw, in::kFlags, directory.flags() | in::kIndexFlag);
  return {};
}

}  // namespace tessera::fs::ext4
