// SPDX-License-Identifier: Apache-2.0
#include "components/fs/ext4/seal.hpp"

#include <array>
#include <optional>

#include "components/fs/ext4/checksum.hpp"
#include "components/fs/ext4/layout.hpp"

namespace tessera::fs::ext4 {

namespace {

// A checksum and its place in the block.
struct Sum {
  std::size_t at;
  std::uint32_t value;
};

std::optional<Sum> extents_sum(std::uint32_t seed, Bytes block) {
  const std::size_t end = 12 + 12 * std::size_t{get16(block, 4)};
  if (end + 4 > block.size()) return std::nullopt;
  return Sum{.at = end, .value = crc32c(seed, block.first(end))};
}

// Where the entries of an index block begin with limit and count; none: it is a leaf.
std::optional<std::size_t> index_place(Bytes block) {
  const std::uint32_t size = static_cast<std::uint32_t>(block.size());
  if (get16(block, 4) == size && get32(block, 0) == 0) return 8;
  if (get16(block, 4) == 12 && get16(block, 16) == size - 12 && get32(block, 24) == 0 && get8(block, 29) == 8) return 32;
  return std::nullopt;
}

std::optional<Sum> directory_sum(std::uint32_t seed, Bytes block) {
  if (const auto place = index_place(block)) {
    const std::size_t limit = get16(block, *place), count = get16(block, *place + 2);
    const std::size_t tail = *place + 8 * limit;
    if (count > limit || tail + 8 > block.size()) return std::nullopt;
    std::uint32_t value = crc32c(seed, block.first(*place + 8 * count));
    value = crc32c(value, block.subspan(tail, 4));
    return Sum{.at = tail + 4, .value = crc32c_number(value, 0)};
  }
  const std::size_t tail = block.size() - kDirectoryTail;
  if (get32(block, tail) != 0 || get16(block, tail + 4) != kDirectoryTail || get8(block, tail + 7) != 0xde) return std::nullopt;
  return Sum{.at = tail + 8, .value = crc32c(seed, block.first(tail))};
}

std::optional<Sum> sum_of(const Geometry& geometry, Kind kind, std::uint32_t seed, std::uint64_t block, Bytes contents) {
  switch (kind) {
    case Kind::superblock: {
      const std::size_t offset = geometry.superblock_offset();
      return Sum{.at = offset + sb::kChecksum, .value = superblock_checksum(contents.subspan(offset, sb::kBytes))};
    }
    case Kind::extents: return extents_sum(seed, contents);
    case Kind::directory: return directory_sum(seed, contents);
    case Kind::attributes: {
      std::uint32_t value = crc32c_number64(geometry.checksum_seed, block);
      value = crc32c_number(crc32c(value, contents.first(16)), 0);
      return Sum{.at = 16, .value = crc32c(value, contents.subspan(20))};
    }
    case Kind::orphans: {
      const std::size_t tail = contents.size() - 8;
      if (get32(contents, tail) != 0x0b10'ca04) return std::nullopt;
      return Sum{.at = tail + 4, .value = crc32c(crc32c_number64(seed, block), contents.first(tail))};
    }
    case Kind::plain:
    case Kind::descriptors:
    case Kind::block_bitmap:
    case Kind::inode_bitmap:
    case Kind::inode_table: break;
  }
  return std::nullopt;
}

bool has_own_sum(Kind kind) {
  return kind == Kind::superblock || kind == Kind::extents || kind == Kind::directory || kind == Kind::attributes || kind == Kind::orphans;
}

bool has_high_sum(const Geometry& geometry, Bytes raw) {
  return geometry.inode_bytes > in::kGoodOldBytes && get16(raw, in::kExtraIsize) >= 4;
}

std::uint32_t inode_sum(const Geometry& geometry, std::uint32_t inode, Bytes raw) {
  std::uint32_t value = inode_seed(geometry, inode, get32(raw, in::kGeneration));
  const std::array<std::byte, 2> zero{};
  value = crc32c(value, raw.first(in::kChecksum));
  value = crc32c(value, zero);
  value = crc32c(value, raw.subspan(in::kChecksum + 2, 2));
  if (raw.size() == in::kGoodOldBytes) return value;
  value = crc32c(value, raw.subspan(in::kGoodOldBytes, 2));
  value = crc32c(value, has_high_sum(geometry, raw) ? Bytes(zero) : raw.subspan(in::kChecksumHigh, 2));
  return crc32c(value, raw.subspan(in::kChecksumHigh + 2));
}

void seal_inode(const Geometry& geometry, std::uint32_t inode, Room raw) {
  const std::uint32_t value = inode_sum(geometry, inode, raw);
  put16(raw, in::kChecksum, value & 0xffff);
  if (has_high_sum(geometry, raw)) put16(raw, in::kChecksumHigh, value >> 16);
}

}  // namespace

std::uint32_t inode_seed(const Geometry& geometry, std::uint32_t inode, std::uint32_t generation) {
  return crc32c_number(crc32c_number(geometry.checksum_seed, inode), generation);
}

bool inode_seal_holds(const Geometry& geometry, std::uint32_t inode, Bytes raw) {
  if (!geometry.checksums) return true;
  const std::uint32_t value = inode_sum(geometry, inode, raw);
  if (has_high_sum(geometry, raw)) return value == (get16(raw, in::kChecksum) | std::uint32_t{get16(raw, in::kChecksumHigh)} << 16);
  return (value & 0xffff) == get16(raw, in::kChecksum);
}

std::uint16_t descriptor_checksum(const Geometry& geometry, std::uint32_t group, Bytes descriptor) {
  const Bytes rest = descriptor.subspan(gd::kChecksum + 2);
  if (geometry.checksums) {
    std::uint32_t value = crc32c_number(geometry.checksum_seed, group);
    const std::array<std::byte, 2> zero{};
    value = crc32c(crc32c(value, descriptor.first(gd::kChecksum)), zero);
    return static_cast<std::uint16_t>(crc32c(value, rest));
  }
  std::uint16_t value = crc16(0xffff, geometry.uuid);
  value = crc16(value, std::as_bytes(std::span(&group, 1)));
  return crc16(crc16(value, descriptor.first(gd::kChecksum)), rest);
}

bool seal_holds(const Geometry& geometry, Kind kind, std::uint32_t seed, std::uint64_t block, Bytes contents) {
  if (!geometry.checksums || !has_own_sum(kind)) return true;
  const std::optional<Sum> sum = sum_of(geometry, kind, seed, block, contents);
  return sum && get32(contents, sum->at) == sum->value;
}

void seal(const Geometry& geometry, Kind kind, std::uint32_t seed, std::uint64_t block, Room contents, std::uint64_t changed) {
  if (kind == Kind::descriptors && geometry.uninit_groups()) {
    for (std::uint32_t i = 0; i < geometry.descriptors_per_block() && seed + i < geometry.groups; ++i) {
      const Room descriptor = contents.subspan(std::size_t{i} * geometry.descriptor_bytes, geometry.descriptor_bytes);
      put16(descriptor, gd::kChecksum, descriptor_checksum(geometry, seed + i, descriptor));
    }
  }
  if (!geometry.checksums) return;
  if (kind == Kind::inode_table) {
    for (std::uint32_t i = 0; i < geometry.block_bytes / geometry.inode_bytes; ++i) {
      if ((changed >> i & 1) == 0) continue;
      seal_inode(geometry, seed + i, contents.subspan(std::size_t{i} * geometry.inode_bytes, geometry.inode_bytes));
    }
  } else if (const std::optional<Sum> sum = sum_of(geometry, kind, seed, block, contents)) {
    put32(contents, sum->at, sum->value);
  }
}

}  // namespace tessera::fs::ext4
