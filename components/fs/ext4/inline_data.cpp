// SPDX-License-Identifier: Apache-2.0
#include "components/fs/ext4/inline_data.hpp"

#include <algorithm>

#include "components/fs/ext4/allocator.hpp"
#include "components/fs/ext4/attributes.hpp"
#include "components/fs/ext4/extent_tree.hpp"

namespace tessera::fs::ext4 {

Result<InlineParts> inline_parts(const Inode& inode) {
  InlineParts parts{.first = inode.map(), .second = {}};
  if (const auto value = TRY(value_in_inode(inode, kInlineDataName))) parts.second = inode.raw().subspan(value->at, value->bytes);
  return parts;
}

Result<std::size_t> read_inline(const Inode& inode, std::uint64_t offset, Room to) {
  const InlineParts parts = TRY(inline_parts(inode));
  const std::uint64_t size = inode.size();
  if (size > parts.first.size() + parts.second.size()) return fail(Error::corrupt);
  std::size_t done = 0;
  while (done < to.size() && offset < size) {
    const bool in_first = offset < parts.first.size();
    const Bytes part = in_first ? parts.first : parts.second;
    const std::size_t at = static_cast<std::size_t>(offset) - (in_first ? 0 : parts.first.size());
    const std::size_t bytes = std::min({to.size() - done, part.size() - at, static_cast<std::size_t>(size - offset)});
    copy(to.subspan(done), part.subspan(at, bytes));
    done += bytes;
    offset += bytes;
  }
  return done;
}

Result<std::array<Bytes, 2>> inline_entries(Operation&, const Inode& directory) {
  const InlineParts parts = TRY(inline_parts(directory));
  return std::array{parts.first.subspan(4), parts.second};
}

Result<Place> find_inline_name(Operation& operation, const Inode& directory, std::string_view name) {
  if (name == "..") return find_parent(operation, directory);
  for (const Bytes part : TRY(inline_entries(operation, directory))) {
    const auto place = TRY(find_in_block(operation.volume, part, Place::kInline, static_cast<std::uint32_t>(part.size()), name));
    if (place) return *place;
  }
  return fail(Error::not_found);
}

namespace {

// A block of directory entries out of those in the inode, with "." and "..".
Result<void> put_inline_entries(const Volume& volume, const Inode& directory, Bytes old, Room block) {
  const std::uint8_t type = dirent_type(volume, mode::kDirectory);
  const std::uint32_t end = entries_end(volume);
  put_dirent(block, 0, 12, directory.number(), type, ".");
  std::uint32_t at = 12;
  put_dirent(block, at, 12, get32(old, 0), type, "..");
  std::uint32_t last = at;
  at += 12;
  const std::array parts{old.first(in::kBlockBytes).subspan(4), old.subspan(in::kBlockBytes)};
  for (const Bytes part : parts) {
    const auto part_end = static_cast<std::uint32_t>(part.size());
    for (std::uint32_t offset = 0; offset < part_end;) {
      const Dirent entry = TRY(dirent_at(volume, part, offset, part_end));
      offset = entry.end();
      if (entry.inode == 0) continue;
      put_dirent(block, at, entry.used(), entry.inode, entry.type, entry.name);
      last = at;
      at += entry.used();
    }
  }
  put16(block, last + 4, end - last);
  put_tail(volume, block);
  return {};
}

}  // namespace

Result<void> move_inline_out(Operation& operation, Inode& inode, Range data) {
  const Volume& volume = operation.volume;
  const InlineParts parts = TRY(inline_parts(inode));
  std::vector<std::byte> old(parts.first.begin(), parts.first.end());
  old.insert(old.end(), parts.second.begin(), parts.second.end());
  if (inode.size() > old.size() || old.size() > volume.geometry.block_bytes / 2) return fail(Error::corrupt);
  if (TRY(value_in_inode(inode, kInlineDataName))) TRY(remove_stored(operation, inode, kInlineDataName));
  const Room raw = TRY(inode.edit());
  put32(raw, in::kFlags, (inode.flags() & ~in::kInlineDataFlag) | in::kExtentsFlag);
  put_empty_tree(raw.subspan(in::kBlock, in::kBlockBytes));
  if (!inode.is_directory()) {
    if (data.count == 0) return {};
    TRY(take_blocks(operation, data));
    operation.taken.push_back(data);
    return insert_extent(operation, inode, {.logical = 0, .physical = data.first, .count = 1, .unwritten = false});
  }
  const Range range = TRY(allocate_blocks(operation, goal_of(inode), 1));
  TRY(insert_extent(operation, inode, {.logical = 0, .physical = range.first, .count = 1, .unwritten = false}));
  const Room block = TRY(operation.fresh(range.first, Kind::directory, inode.seed()));
  TRY(put_inline_entries(volume, inode, old, block));
  return inode.set_size(volume.geometry.block_bytes);
}

}  // namespace tessera::fs::ext4
