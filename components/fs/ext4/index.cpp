// SPDX-License-Identifier: Apache-2.0
#include "components/fs/ext4/index.hpp"

#include <algorithm>

#include "components/fs/ext4/seal.hpp"

namespace tessera::fs::ext4 {

namespace {

constexpr std::uint32_t kRootPlace = 32, kNodePlace = 8;

Result<IndexLevel> level_at(Operation& operation, const Inode& directory, std::uint64_t logical, bool root) {
  if (logical >= directory_blocks(directory)) return fail(Error::corrupt);
  IndexLevel level{.logical = logical, .block = TRY(directory_block(operation, directory, logical)), .place = root ? kRootPlace : kNodePlace};
  const std::size_t end = level.place + 8 * std::size_t{level.limit()} + (operation.volume.geometry.checksums ? 8 : 0);
  if (level.count() == 0 || level.count() > level.limit() || end > level.block.size()) return fail(Error::corrupt);
  return level;
}

void search(IndexLevel& level, std::uint32_t hash) {
  std::uint32_t low = 1, high = level.count();
  while (low < high) {
    const std::uint32_t middle = (low + high) / 2;
    if (level.hash(middle) <= hash) low = middle + 1;
    else high = middle;
  }
  level.at = low - 1;
}

template <typename Hash>
Result<IndexPath> path_to(Operation& operation, const Inode& directory, Hash hash_by) {
  IndexPath path;
  IndexLevel level = TRY(level_at(operation, directory, 0, true));
  const Bytes root = level.block;
  const auto hasher = NameHasher::of(get8(root, 28), operation.volume.geometry.unsigned_hash, operation.volume.geometry.hash_seed);
  if (!hasher) return fail(Error::unsupported);
  path.hasher = *hasher;
  const std::uint32_t more = get8(root, 30);
  const std::uint32_t most = operation.volume.geometry.has_incompat(feature::kLargeDir) ? kMostIndexLevels : kMostIndexLevels - 1;
  if (get8(root, 29) != 8 || get8(root, 31) != 0 || more >= most) return fail(Error::corrupt);
  const std::uint32_t hash = hash_by(path.hasher);
  for (;;) {
    search(level, hash);
    path.levels[path.length++] = level;
    if (path.length > more) return path;
    level = TRY(level_at(operation, directory, level.child(level.at), false));
  }
}

}  // namespace

bool is_indexed(const Inode& directory) {
  return directory.has(in::kIndexFlag) && directory.operation->volume.geometry.has_compat(feature::kDirIndex);
}

NameHasher default_hasher(const Volume& volume) {
  const Geometry& geometry = volume.geometry;
  return NameHasher::of(geometry.hash_version, geometry.unsigned_hash, geometry.hash_seed)
      .value_or(NameHasher{.kind = HashKind::half_md4, .unsigned_characters = geometry.unsigned_hash, .seed = geometry.hash_seed});
}

Result<IndexPath> index_path(Operation& operation, const Inode& directory, std::string_view name) {
  return path_to(operation, directory, [name](const NameHasher& hasher) { return hasher(name); });
}
Result<IndexPath> index_path(Operation& operation, const Inode& directory, std::uint32_t hash) {
  return path_to(operation, directory, [hash](const NameHasher&) { return hash; });
}

Result<std::optional<std::uint32_t>> next_leaf(Operation& operation, const Inode& directory, IndexPath& path) {
  std::uint32_t depth = path.length;
  while (depth != 0 && path.levels[depth - 1].at + 1 >= path.levels[depth - 1].count()) --depth;
  if (depth == 0) return std::optional<std::uint32_t>();
  IndexLevel& turn = path.levels[depth - 1];
  const std::uint32_t hash = turn.hash(++turn.at);
  for (; depth < path.length; ++depth) {
    const IndexLevel& above = path.levels[depth - 1];
    path.levels[depth] = TRY(level_at(operation, directory, above.child(above.at), false));
  }
  return std::optional(hash);
}

Result<Place> find_indexed(Operation& operation, const Inode& directory, std::string_view name) {
  IndexPath path = TRY(index_path(operation, directory, name));
  const std::uint32_t hash = path.hasher(name);
  for (;;) {
    const std::uint32_t leaf = path.leaf();
    if (leaf == 0 || leaf >= directory_blocks(directory)) return fail(Error::corrupt);
    const Bytes block = TRY(directory_block(operation, directory, leaf));
    if (const auto place = TRY(find_in_block(operation.volume, block, leaf, entries_end(operation.volume), name))) return *place;
    const auto next = TRY(next_leaf(operation, directory, path));
    if (!next || *next != (hash | 1)) return fail(Error::not_found);
  }
}

}  // namespace tessera::fs::ext4
