// SPDX-License-Identifier: Apache-2.0
// Names that come, go, and mean another inode.
#include <algorithm>

#include "components/fs/ext4/allocator.hpp"
#include "components/fs/ext4/directory_edit.hpp"
#include "components/fs/ext4/extent_tree.hpp"
#include "components/fs/ext4/index.hpp"
#include "components/fs/ext4/inline_data.hpp"
#include "components/fs/ext4/seal.hpp"

namespace tessera::fs::ext4 {

namespace {
std::uint32_t needed(std::string_view name) { return (8 + static_cast<std::uint32_t>(name.size()) + 3) / 4 * 4; }
}  // namespace

Result<bool> add_to_block(Operation& operation, const Inode& directory, std::uint64_t logical, std::string_view name, std::uint32_t inode,
                          std::uint8_t type) {
  const Bytes block = TRY(directory_block(operation, directory, logical));
  const std::uint32_t end = entries_end(operation.volume);
  for (std::uint32_t offset = 0; offset < end;) {
    const Dirent entry = TRY(dirent_at(operation.volume, block, offset, end));
    const std::uint32_t used = entry.used();
    if (entry.length - used >= needed(name)) {
      const Room raw = TRY(edit_directory_block(operation, directory, logical, offset, used + needed(name)));
      if (used != 0) put16(raw, offset + 4, used);
      put_dirent(raw, offset + used, entry.length - used, inode, type, name);
      return true;
    }
    offset = entry.end();
  }
  return false;
}

Result<Room> append_block(Operation& operation, Inode& directory, std::uint64_t& logical) {
  const Volume& volume = operation.volume;
  logical = directory_blocks(directory);
  if (directory.size() + volume.geometry.block_bytes > 0x7fff'0000) return fail(Error::no_space);
  std::uint64_t goal = goal_of(directory);
  if (logical != 0) goal = TRY(metadata_block(operation, directory, logical - 1)) + 1;
  const Range range = TRY(allocate_blocks(operation, goal, 1));
  TRY(insert_extent(operation, directory, {.logical = logical, .physical = range.first, .count = 1, .unwritten = false}));
  const Room block = TRY(operation.fresh(range.first, Kind::directory, directory.seed()));
  put16(block, 4, entries_end(volume));
  put_tail(volume, block);
  TRY(directory.set_size((logical + 1) << volume.geometry.block_shift));
  return block;
}

Result<void> add_name(Operation& operation, Inode& directory, std::string_view name, std::uint32_t inode, std::uint32_t mode) {
  if (directory.has(in::kInlineDataFlag)) TRY(move_inline_out(operation, directory));
  if (!directory.has(in::kExtentsFlag)) return fail(Error::unsupported);
  const std::uint8_t type = dirent_type(operation.volume, mode);
  if (is_indexed(directory)) return add_indexed(operation, directory, name, inode, type);
  const std::uint64_t blocks = directory_blocks(directory);
  for (std::uint64_t logical = 0; logical < blocks; ++logical) {
    operation.ahead = static_cast<std::uint32_t>(std::min<std::uint64_t>(blocks - logical, 16));
    if (TRY(add_to_block(operation, directory, logical, name, inode, type))) return {};
  }
  if (blocks == 1 && operation.volume.geometry.has_compat(feature::kDirIndex)) {
    TRY(make_index(operation, directory));
    return add_indexed(operation, directory, name, inode, type);
  }
  std::uint64_t logical = 0;
  (void)TRY(append_block(operation, directory, logical));
  if (!TRY(add_to_block(operation, directory, logical, name, inode, type))) return fail(Error::corrupt);
  return {};
}

Result<void> remove_name(Operation& operation, Inode& directory, const Place& place) {
  if (place.logical == Place::kInline) return fail(Error::unsupported);
  const Bytes block = TRY(directory_block(operation, directory, place.logical));
  const std::uint32_t end = entries_end(operation.volume);
  std::optional<Dirent> before;
  for (std::uint32_t offset = 0; offset < place.offset;) {
    before = TRY(dirent_at(operation.volume, block, offset, end));
    offset = before->end();
  }
  const Dirent entry = TRY(dirent_at(operation.volume, block, place.offset, end));
  if (before && before->end() != place.offset) return fail(Error::corrupt);
  if (before) {
    const Room raw = TRY(edit_directory_block(operation, directory, place.logical, before->offset, 8));
    put16(raw, before->offset + 4, before->length + entry.length);
  }
  const Room raw = TRY(edit_directory_block(operation, directory, place.logical, place.offset, 8));
  put32(raw, place.offset, 0);
  return {};
}

Result<void> set_inode(Operation& operation, Inode& directory, const Place& place, std::uint32_t inode, std::uint32_t mode) {
  if (place.logical == Place::kInline) return fail(Error::unsupported);
  const Room raw = TRY(edit_directory_block(operation, directory, place.logical, place.offset, 8));
  put32(raw, place.offset, inode);
  if (operation.volume.geometry.has_incompat(feature::kFiletype)) put8(raw, place.offset + 7, dirent_type(operation.volume, mode));
  return {};
}

Result<void> make_directory(Operation& operation, Inode& directory, std::uint32_t parent) {
  const Volume& volume = operation.volume;
  std::uint64_t logical = 0;
  const Room block = TRY(append_block(operation, directory, logical));
  const std::uint8_t type = dirent_type(volume, mode::kDirectory);
  put_dirent(block, 0, 12, directory.number(), type, ".");
  put_dirent(block, 12, entries_end(volume) - 12, parent, type, "..");
  return {};
}

}  // namespace tessera::fs::ext4
