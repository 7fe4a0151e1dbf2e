// SPDX-License-Identifier: Apache-2.0
// Reading directories in an order that names which come and go do not disturb: by the hash of names, where
// the file system has indexes (also of directories that have none yet, as they may get one), or as the
// entries lie.
#include <algorithm>
#include <vector>

#include "components/fs/ext4/checksum.hpp"
#include "components/fs/ext4/index.hpp"
#include "components/fs/ext4/inline_data.hpp"

namespace tessera::fs::ext4 {

namespace {

constexpr std::uint64_t kEnd = (std::uint64_t{1} << 63) - 1;
constexpr unsigned kMostLeavesOfAHash = 64;

struct Listing {
  std::uint64_t key;  // 31 bits of the hash, and 32 of another one
  Dirent entry;
};

std::uint64_t key_of(const NameHasher& hasher, std::string_view name) {
  return std::uint64_t{hasher(name) >> 1} << 32 | crc32c(~0u, bytes_of(name));
}

Result<void> gather(const Volume& volume, const NameHasher& hasher, Bytes block, std::uint32_t start, std::uint32_t end,
                    std::uint64_t position, std::vector<Listing>& into) {
  for (std::uint32_t offset = start; offset < end;) {
    const Dirent entry = TRY(dirent_at(volume, block, offset, end));
    offset = entry.end();
    if (entry.inode == 0 || entry.name == "." || entry.name == "..") continue;
    if (const std::uint64_t key = key_of(hasher, entry.name); key >= position) into.push_back({.key = key, .entry = entry});
  }
  return {};
}

// Gives them in order; true: all were taken. Names of the same key are given together, or again.
bool give(std::vector<Listing>& listings, DirectorySink& sink, std::uint64_t& position) {
  std::ranges::sort(listings, {}, &Listing::key);
  for (std::size_t i = 0; i < listings.size(); ++i) {
    const Listing& at = listings[i];
    const bool more = i + 1 < listings.size() && listings[i + 1].key == at.key;
    const std::uint64_t next = more ? at.key : at.key + 1;
    if (!sink.add({.name = at.entry.name, .inode = at.entry.inode, .type = mode_of_dirent(at.entry.type), .next_position = next})) return false;
    position = next;
  }
  return true;
}

Result<Listed> list_indexed(Operation& operation, const Inode& directory, std::uint64_t position, DirectorySink& sink) {
  const Volume& volume = operation.volume;
  IndexPath path = TRY(index_path(operation, directory, static_cast<std::uint32_t>(position >> 32) << 1));
  std::vector<Listing> listings;
  std::optional<std::uint32_t> next;
  for (unsigned leaves = 0;; ++leaves) {
    const std::uint32_t leaf = path.leaf();
    if (leaf == 0 || leaf >= directory_blocks(directory) || leaves == kMostLeavesOfAHash) return fail(Error::corrupt);
    const Bytes block = TRY(directory_block(operation, directory, leaf));
    TRY(gather(volume, path.hasher, block, 0, entries_end(volume), position, listings));
    next = TRY(next_leaf(operation, directory, path));
    if (!next || (*next & 1) == 0) break;
  }
  Listed listed{.position = position};
  listed.full = !give(listings, sink, listed.position);
  if (listed.full) return listed;
  listed.end = !next;
  listed.position = next ? std::uint64_t{*next >> 1} << 32 : kEnd;
  return listed;
}

Result<Listed> list_linear(Operation& operation, const Inode& directory, std::uint64_t position, DirectorySink& sink) {
  const Volume& volume = operation.volume;
  const std::uint32_t end = entries_end(volume), shift = volume.geometry.block_shift;
  const std::uint64_t logical = position >> shift;
  if (logical >= directory_blocks(directory)) return Listed{.position = position, .end = true};
  operation.ahead = static_cast<std::uint32_t>(std::min<std::uint64_t>(directory_blocks(directory) - logical, 16));
  const Bytes block = TRY(directory_block(operation, directory, logical));
  const std::uint64_t base = logical << shift;
  std::vector<Dirent> entries;
  for (std::uint32_t offset = 0; offset < end;) {
    const Dirent entry = TRY(dirent_at(volume, block, offset, end));
    if (entry.inode != 0 && base + offset >= position && entry.name != "." && entry.name != "..") entries.push_back(entry);
    offset = entry.end();
  }
  Listed listed{.position = position};
  for (const Dirent& entry : entries) {
    if (!sink.add({.name = entry.name, .inode = entry.inode, .type = mode_of_dirent(entry.type), .next_position = base + entry.end()})) {
      listed.full = true;
      return listed;
    }
    listed.position = base + entry.end();
  }
  listed.position = base + volume.geometry.block_bytes;
  return listed;
}

}  // namespace

Result<Listed> list_some(Operation& operation, const Inode& directory, std::uint64_t position, DirectorySink& sink) {
  const Volume& volume = operation.volume;
  if (position >= kEnd) return Listed{.position = kEnd, .end = true};
  if (is_indexed(directory)) return list_indexed(operation, directory, position, sink);
  const bool is_inline = directory.has(in::kInlineDataFlag);
  if (!is_inline && (!volume.geometry.has_compat(feature::kDirIndex) || directory_blocks(directory) != 1)) {
    return list_linear(operation, directory, position, sink);
  }
  const NameHasher hasher = default_hasher(volume);
  std::vector<Listing> listings;
  if (is_inline) {
    for (const Bytes part : TRY(inline_entries(operation, directory))) {
      TRY(gather(volume, hasher, part, 0, static_cast<std::uint32_t>(part.size()), position, listings));
    }
  } else {
    const Bytes block = TRY(directory_block(operation, directory, 0));
    TRY(gather(volume, hasher, block, 0, entries_end(volume), position, listings));
  }
  Listed listed{.position = position, .end = true};
  listed.full = !give(listings, sink, listed.position);
  if (!listed.full) listed.position = kEnd;
  return listed;
}

}  // namespace tessera::fs::ext4
