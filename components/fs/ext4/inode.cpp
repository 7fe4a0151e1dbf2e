// SPDX-License-Identifier: Apache-2.0
#include "components/fs/ext4/inode.hpp"

#include <algorithm>

#include "components/fs/ext4/bitmap.hpp"
#include "components/fs/ext4/groups.hpp"
#include "components/fs/ext4/seal.hpp"

namespace tessera::fs::ext4 {

namespace {

constexpr std::uint32_t kTableBlocksAhead = 4;

// Whether the inode has the field that ends at `end`.
bool reaches(Bytes raw, std::size_t end) {
  return raw.size() > in::kGoodOldBytes && in::kGoodOldBytes + get16(raw, in::kExtraIsize) >= end && end <= raw.size();
}

}  // namespace

void put_time(Room raw, std::size_t at, std::size_t extra, Time time) {
  constexpr std::int64_t kLeast = -(std::int64_t{1} << 31);
  if (!reaches(raw, extra + 4)) {
    put32(raw, at, static_cast<std::uint32_t>(std::clamp(time.seconds, kLeast, (std::int64_t{1} << 31) - 1)));
    return;
  }
  const std::int64_t seconds = std::clamp(time.seconds, kLeast, (std::int64_t{3} << 32) + (std::int64_t{1} << 31) - 1);
  const auto low = static_cast<std::int32_t>(static_cast<std::uint32_t>(seconds));
  put32(raw, at, static_cast<std::uint32_t>(low));
  put32(raw, extra, (static_cast<std::uint32_t>((seconds - low) >> 32) & 3) | std::min(time.nanoseconds, 999'999'999u) << 2);
}

Time get_time(Bytes raw, std::size_t at, std::size_t extra) {
  Time time{.seconds = static_cast<std::int32_t>(get32(raw, at)), .nanoseconds = 0};
  if (!reaches(raw, extra + 4)) return time;
  const std::uint32_t more = get32(raw, extra);
  time.seconds += std::int64_t{more & 3} << 32;
  time.nanoseconds = std::min(more >> 2, 999'999'999u);
  return time;
}

std::uint32_t encode_device(std::uint32_t major, std::uint32_t minor) {
  return (minor & 0xff) | major << 8 | (minor & ~0xffu) << 12;
}

Result<Inode> Inode::open_any(Operation& operation, InodeNumber number) {
  Volume& volume = operation.volume;
  const Geometry& geometry = volume.geometry;
  if (number == 0 || number > geometry.inodes) return fail(Error::stale);
  const auto index = static_cast<std::uint32_t>(number - 1);
  const std::uint32_t per_block = geometry.block_bytes / geometry.inode_bytes;
  const std::uint32_t within = index % geometry.inodes_per_group;
  Inode inode;
  inode.operation = &operation;
  inode.number_ = index + 1;
  inode.block_ = volume.groups[index / geometry.inodes_per_group].inode_table + within / per_block;
  inode.offset_ = std::size_t{within % per_block} * geometry.inode_bytes;
  const std::uint32_t first = index - within % per_block + 1;
  // Inodes that were made together are asked for together.
  operation.ahead = std::min(kTableBlocksAhead, geometry.inode_table_blocks() - within / per_block);
  Entry* const entry = TRY(operation.entry(inode.block_, Kind::inode_table, first));
  inode.raw_ = Bytes(volume.cache.contents(*entry)).subspan(inode.offset_, geometry.inode_bytes);
  inode.seed_ = inode_seed(geometry, inode.number_, inode.generation());
  return inode;
}

Result<Inode> Inode::open(Operation& operation, InodeNumber number) {
  if (number < operation.volume.geometry.first_inode && number != kRootInode) return fail(Error::stale);
  return open_special(operation, number);
}

Result<Inode> Inode::open_special(Operation& operation, InodeNumber number) {
  const Inode inode = TRY(open_any(operation, number));
  Volume& volume = operation.volume;
  Entry& entry = *volume.cache.find(inode.block_);
  const std::uint64_t part = std::uint64_t{1} << inode.offset_ / volume.geometry.inode_bytes;
  if ((entry.checked & part) == 0) {
    if (inode.mode() == 0 && inode.links() == 0) return fail(Error::stale);  // never used: it may have no checksum
    if (!inode_seal_holds(volume.geometry, inode.number_, inode.raw_)) {
      // What never was an inode may look like anything.
      const Bytes used = TRY(inode_bitmap(operation, (inode.number_ - 1) / volume.geometry.inodes_per_group));
      return fail(bit(used, (inode.number_ - 1) % volume.geometry.inodes_per_group) ? Error::corrupt : Error::stale);
    }
    entry.checked |= part;
  }
  if (inode.mode() == 0 || (inode.links() == 0 && !volume.orphaned(inode.number_))) return fail(Error::stale);
  if (volume.geometry.inode_bytes > in::kGoodOldBytes) {
    const std::uint32_t extra = get16(inode.raw_, in::kExtraIsize);
    if (extra % 4 != 0 || extra + in::kGoodOldBytes > volume.geometry.inode_bytes) return fail(Error::corrupt);
  }
  if (inode.size() > std::uint64_t{1} << 62) return fail(Error::corrupt);
  return inode;
}

Result<Room> Inode::edit() {
  if (!writable_.empty()) return writable_;
  Volume& volume = operation->volume;
  Entry& entry = *volume.cache.find(block_);
  const Room block = TRY(operation->edit(block_, Kind::inode_table, entry.seed, offset_, raw_.size()));
  const std::uint64_t part = std::uint64_t{1} << offset_ / volume.geometry.inode_bytes;
  entry.changed |= part;
  entry.checked |= part;
  writable_ = block.subspan(offset_, raw_.size());
  return writable_;
}

std::uint64_t Inode::size() const { return get32(raw_, in::kSize) | std::uint64_t{get32(raw_, in::kSizeHigh)} << 32; }

std::uint64_t Inode::sectors() const {
  const Geometry& geometry = operation->volume.geometry;
  const std::uint64_t low = get32(raw_, in::kBlocks);
  if (!geometry.has_ro_compat(feature::kHugeFile)) return low;
  const std::uint64_t all = low | std::uint64_t{get16(raw_, in::kBlocksHigh)} << 32;
  return has(in::kHugeFileFlag) ? all * geometry.sectors_per_block() : all;
}

std::uint64_t Inode::attribute_block() const {
  const std::uint64_t low = get32(raw_, in::kAcl);
  return operation->volume.geometry.has_incompat(feature::k64Bit) ? low | std::uint64_t{get16(raw_, in::kAclHigh)} << 32 : low;
}

bool Inode::short_link() const {
  if (type() != mode::kLink || has(in::kInlineDataFlag | in::kExtentsFlag)) return false;
  const std::uint64_t of_attributes = attribute_block() != 0 ? operation->volume.geometry.sectors_per_block() : 0;
  return sectors() == of_attributes && size() < in::kBlockBytes;
}

std::size_t Inode::attributes_at() const {
  if (raw_.size() <= in::kGoodOldBytes) return raw_.size();
  return in::kGoodOldBytes + get16(raw_, in::kExtraIsize);
}

Attributes Inode::attributes() const {
  Attributes all;
  all.inode = number_;
  all.mode = mode();
  all.links = links();
  all.uid = get16(raw_, in::kUid) | std::uint32_t{get16(raw_, in::kUidHigh)} << 16;
  all.gid = get16(raw_, in::kGid) | std::uint32_t{get16(raw_, in::kGidHigh)} << 16;
  all.size = size();
  all.blocks = sectors();
  all.generation = generation();
  if (type() == mode::kCharacter || type() == mode::kBlockDevice) {
    const std::uint32_t old = get32(raw_, in::kBlock), wide = get32(raw_, in::kBlock + 4);
    all.device_major = old != 0 ? old >> 8 & 0xff : wide >> 8 & 0xfff;
    all.device_minor = old != 0 ? old & 0xff : (wide & 0xff) | (wide >> 12 & 0xfff00);
  }
  all.accessed = get_time(raw_, in::kAccessed, in::kAccessedExtra);
  all.modified = get_time(raw_, in::kModified, in::kModifiedExtra);
  all.changed = get_time(raw_, in::kChanged, in::kChangedExtra);
  if (reaches(raw_, in::kBornExtra + 4)) all.born = get_time(raw_, in::kBorn, in::kBornExtra);
  return all;
}

Result<void> Inode::set_size(std::uint64_t size) {
  const Room raw = TRY(edit());
  put32(raw, in::kSize, static_cast<std::uint32_t>(size));
  put32(raw, in::kSizeHigh, static_cast<std::uint32_t>(size >> 32));
  return {};
}

Result<void> Inode::set_links(std::uint32_t links) {
  const Room raw = TRY(edit());
  put16(raw, in::kLinks, links);
  return {};
}

Result<void> Inode::set_times(std::uint32_t which, Time to) {
  const Room raw = TRY(edit());
  if ((which & AttributeChange::kAccessed) != 0) put_time(raw, in::kAccessed, in::kAccessedExtra, to);
  if ((which & AttributeChange::kModified) != 0) put_time(raw, in::kModified, in::kModifiedExtra, to);
  if ((which & AttributeChange::kChanged) != 0) put_time(raw, in::kChanged, in::kChangedExtra, to);
  return {};
}

Result<void> Inode::add_blocks(std::int64_t blocks) {
  const Geometry& geometry = operation->volume.geometry;
  const std::int64_t sectors_now =
      static_cast<std::int64_t>(sectors()) + blocks * static_cast<std::int64_t>(geometry.sectors_per_block());
  if (sectors_now < 0) return fail(Error::corrupt);
  auto value = static_cast<std::uint64_t>(sectors_now);
  const Room raw = TRY(edit());
  std::uint32_t new_flags = flags() & ~in::kHugeFileFlag;
  if (value >> 32 != 0 && !geometry.has_ro_compat(feature::kHugeFile)) return fail(Error::too_large);
  if (value >> 48 != 0) {
    value /= geometry.sectors_per_block();
    new_flags |= in::kHugeFileFlag;
  }
  put32(raw, in::kFlags, new_flags);
  put32(raw, in::kBlocks, static_cast<std::uint32_t>(value));
  if (geometry.has_ro_compat(feature::kHugeFile)) put16(raw, in::kBlocksHigh, value >> 32);
  return {};
}

Result<void> Inode::set_attribute_block(std::uint64_t block) {
  const Room raw = TRY(edit());
  put32(raw, in::kAcl, static_cast<std::uint32_t>(block));
  put16(raw, in::kAclHigh, block >> 32);
  return {};
}

}  // namespace tessera::fs::ext4
