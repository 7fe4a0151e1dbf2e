// SPDX-License-Identifier: Apache-2.0
#include "components/fs/ext4/groups.hpp"

#include "components/fs/ext4/bitmap.hpp"
#include "components/fs/ext4/checksum.hpp"
#include "components/fs/ext4/layout.hpp"

namespace tessera::fs::ext4 {

namespace {

struct Place {
  std::uint64_t block;
  std::uint32_t first_group;
  std::size_t offset;
};
Place place_of(const Geometry& geometry, std::uint32_t group) {
  const std::uint32_t per_block = geometry.descriptors_per_block();
  return {.block = geometry.descriptor_block(group / per_block),
          .first_group = group / per_block * per_block,
          .offset = std::size_t{group % per_block} * geometry.descriptor_bytes};
}

void fill_from(Room map, std::uint32_t first) {
  for (; first % 8 != 0; ++first) set_bit(map, first);
  if (first / 8 < map.size()) std::memset(map.subspan(first / 8).data(), 0xff, map.size() - first / 8);
}

// What a group holds that never was used: its own blocks.
void make_block_bitmap(const Volume& volume, std::uint32_t group, Room map) {
  const Geometry& geometry = volume.geometry;
  const std::uint64_t first = geometry.first_block(group);
  const auto mark = [&](std::uint64_t block, std::uint32_t count) {
    for (std::uint32_t i = 0; i < count; ++i) {
      if (block + i >= first && block + i - first < geometry.blocks_in(group)) set_bit(map, static_cast<std::uint32_t>(block + i - first));
    }
  };
  clear(map);
  mark(first, geometry.base_blocks(group));
  mark(volume.groups[group].block_bitmap, 1);
  mark(volume.groups[group].inode_bitmap, 1);
  mark(volume.groups[group].inode_table, geometry.inode_table_blocks());
  fill_from(map, geometry.blocks_in(group));
}

void make_inode_bitmap(const Volume& volume, Room map) {
  clear(map);
  fill_from(map, volume.geometry.inodes_per_group);
}

std::size_t summed_bytes(const Geometry& geometry, bool blocks) {
  return (blocks ? geometry.blocks_per_group : geometry.inodes_per_group) / 8;
}

Result<Entry*> checked_bitmap(Operation& operation, std::uint32_t group, bool blocks) {
  const Volume& volume = operation.volume;
  const std::uint64_t block = blocks ? volume.groups[group].block_bitmap : volume.groups[group].inode_bitmap;
  Entry* const entry = TRY(operation.entry(block, blocks ? Kind::block_bitmap : Kind::inode_bitmap, group));
  if (entry->checked != 0) return entry;
  if (volume.geometry.checksums) {
    const Descriptor of = TRY(descriptor(operation, group));
    const std::uint32_t value = crc32c(volume.geometry.checksum_seed, Bytes(volume.cache.contents(*entry)).first(summed_bytes(volume.geometry, blocks)));
    const std::size_t low = blocks ? gd::kBlockBitmapSum : gd::kInodeBitmapSum;
    const std::size_t high = blocks ? gd::kBlockBitmapSumHigh : gd::kInodeBitmapSumHigh;
    const std::uint32_t mask = of.bytes >= 64 ? ~0u : 0xffffu;
    if (((value ^ of.number(low, high)) & mask) != 0) return fail(Error::corrupt);
  }
  entry->checked = ~std::uint64_t{0};
  return entry;
}

}  // namespace

Result<Descriptor> descriptor(Operation& operation, std::uint32_t group) {
  const Geometry& geometry = operation.volume.geometry;
  const Place place = place_of(geometry, group);
  const Bytes block = TRY(operation.read(place.block, Kind::descriptors, place.first_group));
  return Descriptor{.block = place.block,
                    .first_group = place.first_group,
                    .offset = place.offset,
                    .bytes = geometry.descriptor_bytes,
                    .raw = block.subspan(place.offset, geometry.descriptor_bytes)};
}

Result<Room> edit_descriptor(Operation& operation, std::uint32_t group) {
  const Geometry& geometry = operation.volume.geometry;
  const Place place = place_of(geometry, group);
  const Room block = TRY(operation.edit(place.block, Kind::descriptors, place.first_group, place.offset, geometry.descriptor_bytes));
  return block.subspan(place.offset, geometry.descriptor_bytes);
}

void put_half(Room raw, std::size_t low, std::size_t high, std::uint32_t value) {
  put16(raw, low, value & 0xffff);
  if (raw.size() >= 64) put16(raw, high, value >> 16);
}

Result<Bytes> block_bitmap(Operation& operation, std::uint32_t group) {
  Volume& volume = operation.volume;
  const Descriptor of = TRY(descriptor(operation, group));
  if (volume.geometry.uninit_groups() && (of.flags() & gd::kBlockUninit) != 0) {
    volume.made_up_bitmap.resize(volume.geometry.block_bytes);
    make_block_bitmap(volume, group, volume.made_up_bitmap);
    return Bytes(volume.made_up_bitmap);
  }
  const Entry* const entry = TRY(checked_bitmap(operation, group, true));
  return Bytes(volume.cache.contents(*entry));
}

Result<Bytes> inode_bitmap(Operation& operation, std::uint32_t group) {
  Volume& volume = operation.volume;
  const Descriptor of = TRY(descriptor(operation, group));
  if (volume.geometry.uninit_groups() && (of.flags() & gd::kInodeUninit) != 0) {
    volume.made_up_bitmap.resize(volume.geometry.block_bytes);
    make_inode_bitmap(volume, volume.made_up_bitmap);
    return Bytes(volume.made_up_bitmap);
  }
  const Entry* const entry = TRY(checked_bitmap(operation, group, false));
  return Bytes(volume.cache.contents(*entry));
}

Result<Room> edit_block_bitmap(Operation& operation, std::uint32_t group, std::size_t offset, std::size_t bytes) {
  Volume& volume = operation.volume;
  const std::uint64_t block = volume.groups[group].block_bitmap;
  const Descriptor of = TRY(descriptor(operation, group));
  if (volume.geometry.uninit_groups() && (of.flags() & gd::kBlockUninit) != 0) {
    const Room map = TRY(operation.fresh(block, Kind::block_bitmap, group));
    make_block_bitmap(volume, group, map);
    const Room raw = TRY(edit_descriptor(operation, group));
    put16(raw, gd::kFlags, of.flags() & ~gd::kBlockUninit);
    return map;
  }
  (void)TRY(checked_bitmap(operation, group, true));
  return operation.edit(block, Kind::block_bitmap, group, offset, bytes);
}

Result<Room> edit_inode_bitmap(Operation& operation, std::uint32_t group, std::size_t offset, std::size_t bytes) {
  Volume& volume = operation.volume;
  const std::uint64_t block = volume.groups[group].inode_bitmap;
  const Descriptor of = TRY(descriptor(operation, group));
  if (volume.geometry.uninit_groups() && (of.flags() & gd::kInodeUninit) != 0) {
    const Room map = TRY(operation.fresh(block, Kind::inode_bitmap, group));
    make_inode_bitmap(volume, map);
    const Room raw = TRY(edit_descriptor(operation, group));
    put16(raw, gd::kFlags, of.flags() & ~gd::kInodeUninit);
    return map;
  }
  (void)TRY(checked_bitmap(operation, group, false));
  return operation.edit(block, Kind::inode_bitmap, group, offset, bytes);
}

void seal_bitmap(Volume& volume, const Entry& bitmap) {
  const Geometry& geometry = volume.geometry;
  if (!geometry.checksums) return;
  const bool blocks = bitmap.kind == Kind::block_bitmap;
  const Place place = place_of(geometry, bitmap.seed);
  const Entry* const of = volume.cache.find(place.block);
  if (of == nullptr) return;
  const std::uint32_t value = crc32c(geometry.checksum_seed, Bytes(volume.cache.contents(bitmap)).first(summed_bytes(geometry, blocks)));
  const Room raw = volume.cache.contents(*of).subspan(place.offset, geometry.descriptor_bytes);
  if (blocks) put_half(raw, gd::kBlockBitmapSum, gd::kBlockBitmapSumHigh, value);
  else put_half(raw, gd::kInodeBitmapSum, gd::kInodeBitmapSumHigh, value);
}

}  // namespace tessera::fs::ext4
