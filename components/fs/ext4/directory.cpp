// SPDX-License-Identifier: Apache-2.0
#include "components/fs/ext4/directory.hpp"

#include <algorithm>
#include <array>

#include "components/fs/ext4/index.hpp"
#include "components/fs/ext4/inline_data.hpp"
#include "components/fs/ext4/seal.hpp"

namespace tessera::fs::ext4 {

Result<Dirent> dirent_at(const Volume& volume, Bytes block, std::uint32_t offset, std::uint32_t end) {
  if (offset + 8 > end) return fail(Error::corrupt);
  const bool typed = volume.geometry.has_incompat(feature::kFiletype);
  Dirent entry;
  entry.offset = offset;
  entry.length = get16(block, offset + 4);
  entry.inode = get32(block, offset);
  entry.type = typed ? get8(block, offset + 7) : 0;
  const std::uint32_t name_bytes = get8(block, offset + 6);
  if (entry.length < 8 || entry.length % 4 != 0 || entry.length > end - offset || 8 + name_bytes > entry.length ||
      entry.inode > volume.geometry.inodes || (entry.inode != 0 && name_bytes == 0)) {
    return fail(Error::corrupt);
  }
  entry.name = text(block.subspan(offset + 8, name_bytes));
  return entry;
}

void put_dirent(Room block, std::uint32_t offset, std::uint32_t length, std::uint32_t inode, std::uint8_t type, std::string_view name) {
  put32(block, offset, inode);
  put16(block, offset + 4, length);
  put8(block, offset + 6, name.size());
  put8(block, offset + 7, type);
  copy(block.subspan(offset + 8), bytes_of(name));
}

namespace {
constexpr std::array<std::uint32_t, 8> kTypes = {0,          mode::kRegular, mode::kDirectory, mode::kCharacter, mode::kBlockDevice,
                                                 mode::kFifo, mode::kSocket,  mode::kLink};
}

std::uint8_t dirent_type(const Volume& volume, std::uint32_t mode) {
  if (!volume.geometry.has_incompat(feature::kFiletype)) return 0;
  const auto found = std::ranges::find(kTypes, mode & mode::kType);
  return found == kTypes.end() ? std::uint8_t{0} : static_cast<std::uint8_t>(found - kTypes.begin());
}
std::uint32_t mode_of_dirent(std::uint8_t type) { return type < kTypes.size() ? kTypes[type] : 0; }

std::uint32_t entries_end(const Volume& volume) { return volume.geometry.block_bytes - directory_tail(volume.geometry); }

std::uint64_t directory_blocks(const Inode& directory) {
  return directory.size() >> directory.operation->volume.geometry.block_shift;
}

Result<Bytes> directory_block(Operation& operation, const Inode& directory, std::uint64_t logical) {
  const std::uint64_t block = TRY(metadata_block(operation, directory, logical));
  return operation.read(block, Kind::directory, directory.seed());
}

Result<Room> edit_directory_block(Operation& operation, const Inode& directory, std::uint64_t logical, std::size_t offset,
                                  std::size_t bytes) {
  const std::uint64_t block = TRY(metadata_block(operation, directory, logical));
  return operation.edit(block, Kind::directory, directory.seed(), offset, bytes);
}

void put_tail(const Volume& volume, Room block) {
  if (!volume.geometry.checksums) return;
  const std::size_t at = block.size() - kDirectoryTail;
  put32(block, at, 0);
  put16(block, at + 4, kDirectoryTail);
  put16(block, at + 6, 0xde00);
  put32(block, at + 8, 0);
}

Result<std::optional<Place>> find_in_block(const Volume& volume, Bytes block, std::uint64_t logical, std::uint32_t end,
                                           std::string_view name) {
  for (std::uint32_t offset = 0; offset < end;) {
    const Dirent entry = TRY(dirent_at(volume, block, offset, end));
    if (entry.inode != 0 && entry.name == name) return Place{.logical = logical, .offset = offset, .inode = entry.inode};
    offset = entry.end();
  }
  return std::optional<Place>();
}

Result<Place> find_name(Operation& operation, const Inode& directory, std::string_view name) {
  if (name.empty()) return fail(Error::not_found);
  if (directory.has(in::kInlineDataFlag)) return find_inline_name(operation, directory, name);
  if (is_indexed(directory) && name != "." && name != "..") return find_indexed(operation, directory, name);
  const std::uint64_t blocks = is_indexed(directory) ? 1 : directory_blocks(directory);
  const std::uint32_t end = is_indexed(directory) ? operation.volume.geometry.block_bytes : entries_end(operation.volume);
  for (std::uint64_t logical = 0; logical < blocks; ++logical) {
    operation.ahead = static_cast<std::uint32_t>(std::min<std::uint64_t>(blocks - logical, 16));
    const Bytes block = TRY(directory_block(operation, directory, logical));
    if (const auto place = TRY(find_in_block(operation.volume, block, logical, end, name))) return *place;
  }
  return fail(Error::not_found);
}

Result<Place> find_parent(Operation& operation, const Inode& directory) {
  if (directory.has(in::kInlineDataFlag)) {
    return Place{.logical = Place::kInline, .offset = 0, .inode = get32(directory.map(), 0)};
  }
  const Bytes block = TRY(directory_block(operation, directory, 0));
  const std::uint32_t end = operation.volume.geometry.block_bytes;
  const Dirent own = TRY(dirent_at(operation.volume, block, 0, end));
  const Dirent parent = TRY(dirent_at(operation.volume, block, own.end(), end));
  if (own.name != "." || parent.name != "..") return fail(Error::corrupt);
  return Place{.logical = 0, .offset = parent.offset, .inode = parent.inode};
}

Result<bool> is_empty(Operation& operation, const Inode& directory) {
  struct Any final : DirectorySink {
    bool any = false;
    bool add(const DirectoryEntry&) override { return !(any = true); }
  } sink;
  std::uint64_t position = 0;
  for (;;) {
    const Listed listed = TRY(list_some(operation, directory, position, sink));
    if (sink.any) return false;
    if (listed.end) return true;
    position = listed.position;
  }
}

}  // namespace tessera::fs::ext4
