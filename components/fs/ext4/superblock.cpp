// SPDX-License-Identifier: Apache-2.0
#include "components/fs/ext4/superblock.hpp"

#include <algorithm>

#include "components/fs/ext4/checksum.hpp"
#include "components/fs/ext4/layout.hpp"

namespace tessera::fs::ext4 {

namespace {

constexpr std::uint32_t kReadIncompat = feature::kFiletype | feature::kRecover | feature::kMetaBg | feature::kExtents | feature::k64Bit |
                                        feature::kFlexBg | feature::kChecksumSeed | feature::kLargeDir | feature::kInlineData |
                                        feature::kMmp;
constexpr std::uint32_t kWriteRoCompat = feature::kSparseSuper | feature::kLargeFile | feature::kHugeFile | feature::kGroupChecksum |
                                         feature::kDirNlink | feature::kExtraIsize | feature::kMetadataChecksum | feature::kOrphanPresent;

bool power_of(std::uint32_t value, std::uint32_t base) {
  while (value % base == 0) value /= base;
  return value == 1;
}

std::unexpected<MountFailure> refuse(Error error, std::string_view reason) {
  return std::unexpected(MountFailure{.error = error, .reason = reason});
}

// Why features keep it from being mounted; empty: they do not.
std::string_view objection(const Geometry& g, bool writable) {
  if ((g.incompat & ~kReadIncompat) != 0) return "an incompatible feature is not known";
  if (!writable) return {};
  if (g.has_ro_compat(feature::kQuota) || g.has_ro_compat(feature::kProject)) return "writing with quotas is not supported";
  if (g.has_ro_compat(feature::kBigalloc)) return "writing with bigalloc is not supported";
  if ((g.ro_compat & ~kWriteRoCompat) != 0) return "a feature that forbids writing";
  if (g.has_incompat(feature::kMmp)) return "writing with mmp is not supported";
  return {};
}

}  // namespace

bool Geometry::has_superblock(std::uint32_t group) const {
  if (group == 0) return true;
  if (has_compat(feature::kSparseSuper2)) return group == backup_groups[0] || group == backup_groups[1];
  if (!has_ro_compat(feature::kSparseSuper) || group == 1) return true;
  return power_of(group, 3) || power_of(group, 5) || power_of(group, 7);
}

std::uint64_t Geometry::descriptor_block(std::uint32_t index) const {
  if (!has_incompat(feature::kMetaBg) || index < first_meta_bg) return std::uint64_t{first_data_block} + 1 + index;
  const std::uint32_t group = index * descriptors_per_block();
  return first_block(group) + (has_superblock(group) ? 1 : 0);
}

std::uint32_t Geometry::base_blocks(std::uint32_t group) const {
  const std::uint32_t super = has_superblock(group) ? 1 : 0;
  const std::uint32_t meta_group = group / descriptors_per_block();
  if (!has_incompat(feature::kMetaBg) || meta_group < first_meta_bg) {
    if (super == 0) return 0;
    return 1 + (has_incompat(feature::kMetaBg) ? first_meta_bg : descriptor_blocks()) + reserved_gdt_blocks;
  }
  // A meta group keeps its block of descriptors in its first, second and last group.
  const std::uint32_t within = group % descriptors_per_block();
  return super + (within == 0 || within == 1 || within == descriptors_per_block() - 1 ? 1 : 0);
}

std::uint32_t superblock_checksum(Bytes bytes) { return crc32c(~0u, bytes.first(sb::kChecksum)); }

std::expected<Geometry, MountFailure> read_superblock(Bytes bytes, std::uint64_t device_bytes, SuperblockUse use) {
  if (get16(bytes, sb::kMagic) != sb::kMagicValue) return refuse(Error::invalid, "not ext4");
  Geometry g;
  const bool dynamic = get32(bytes, sb::kRevision) >= 1;
  if (get32(bytes, sb::kRevision) > 1) return refuse(Error::unsupported, "a revision that is not known");
  g.compat = dynamic ? get32(bytes, sb::kCompat) : 0;
  g.incompat = dynamic ? get32(bytes, sb::kIncompat) : 0;
  g.ro_compat = dynamic ? get32(bytes, sb::kRoCompat) : 0;
  copy(g.uuid, bytes.subspan(sb::kUuid, 16));
  copy(g.label, bytes.subspan(sb::kLabel, 16));
  if (const std::string_view why = objection(g, use.writable); !why.empty()) return refuse(Error::unsupported, why);

  g.checksums = g.has_ro_compat(feature::kMetadataChecksum);
  g.group_checksums = !g.checksums && g.has_ro_compat(feature::kGroupChecksum);
  if (g.checksums) {
    if (get8(bytes, sb::kChecksumType) != 1) return refuse(Error::unsupported, "a kind of checksums that is not known");
    if (use.trust_checksum && superblock_checksum(bytes) != get32(bytes, sb::kChecksum)) {
      return refuse(Error::corrupt, "the superblock's checksum is wrong");
    }
  }
  g.checksum_seed = g.has_incompat(feature::kChecksumSeed) ? get32(bytes, sb::kChecksumSeed) : crc32c(~0u, g.uuid);

  const std::uint32_t log_size = get32(bytes, sb::kLogBlockSize);
  if (log_size > 2) return refuse(Error::unsupported, "blocks of more than 4 KiB");
  g.block_shift = 10 + log_size;
  g.block_bytes = 1u << g.block_shift;
  if (!g.has_ro_compat(feature::kBigalloc) && get32(bytes, sb::kLogClusterSize) != log_size) {
    return refuse(Error::corrupt, "clusters without bigalloc");
  }
  const bool wide = g.has_incompat(feature::k64Bit);
  const auto both = [&](std::size_t low, std::size_t high) {
    return get32(bytes, low) | (wide ? std::uint64_t{get32(bytes, high)} << 32 : 0);
  };
  g.blocks = both(sb::kBlocks, sb::kBlocksHigh);
  g.reserved_blocks = both(sb::kReserved, sb::kReservedHigh);
  g.first_data_block = get32(bytes, sb::kFirstDataBlock);
  g.blocks_per_group = get32(bytes, sb::kBlocksPerGroup);
  g.inodes_per_group = get32(bytes, sb::kInodesPerGroup);
  g.inodes = get32(bytes, sb::kInodes);
  g.first_inode = dynamic ? get32(bytes, sb::kFirstInode) : 11;
  g.inode_bytes = dynamic ? get16(bytes, sb::kInodeSize) : in::kGoodOldBytes;
  g.descriptor_bytes = wide ? get16(bytes, sb::kDescriptorSize) : 32;
  g.reserved_gdt_blocks = get16(bytes, sb::kReservedGdt);
  g.first_meta_bg = get32(bytes, sb::kFirstMetaBg);
  g.backup_groups = {get32(bytes, sb::kBackupGroups), get32(bytes, sb::kBackupGroups + 4)};
  g.want_extra_isize = get16(bytes, sb::kWantExtraIsize);
  g.journal_inode = get32(bytes, sb::kJournalInode);
  g.journal_device = get32(bytes, sb::kJournalDevice);
  g.orphan_file_inode = get32(bytes, sb::kOrphanFileInode);
  g.hash_version = get8(bytes, sb::kHashVersion);
  g.unsigned_hash = (get32(bytes, sb::kFlags) & sb::kFlagUnsignedHash) != 0;
  for (std::size_t i = 0; i < 4; ++i) g.hash_seed[i] = get32(bytes, sb::kHashSeed + 4 * i);

  const std::uint32_t bits = g.block_bytes * 8;
  if (g.first_data_block != (g.block_bytes == 1024 ? 1u : 0u)) return refuse(Error::corrupt, "the first data block");
  if (g.blocks <= g.first_data_block || g.blocks > std::uint64_t{1} << 48 || g.blocks > device_bytes >> g.block_shift) {
    return refuse(Error::corrupt, "the file system is larger than its device");
  }
  const bool clusters = g.has_ro_compat(feature::kBigalloc);
  if (g.blocks_per_group < 256 || (!clusters && g.blocks_per_group > bits) || g.blocks_per_group % 8 != 0) {
    return refuse(Error::corrupt, "blocks per group");
  }
  if (g.inode_bytes < in::kGoodOldBytes || g.inode_bytes > g.block_bytes || !std::has_single_bit(g.inode_bytes)) {
    return refuse(Error::corrupt, "the size of inodes");
  }
  if (g.inodes_per_group == 0 || g.inodes_per_group > bits || g.inodes_per_group % (g.block_bytes / g.inode_bytes) != 0) {
    return refuse(Error::corrupt, "inodes per group");
  }
  if (g.descriptor_bytes < (wide ? 64u : 32u) || g.descriptor_bytes > g.block_bytes || !std::has_single_bit(g.descriptor_bytes)) {
    return refuse(Error::corrupt, "the size of group descriptors");
  }
  const std::uint64_t groups = (g.blocks - g.first_data_block + g.blocks_per_group - 1) / g.blocks_per_group;
  if (groups > 1u << 24) return refuse(Error::unsupported, "too many groups");
  g.groups = static_cast<std::uint32_t>(groups);
  if (g.inodes != groups * g.inodes_per_group) return refuse(Error::corrupt, "the number of inodes");
  if (g.first_inode < 11 || g.first_inode > g.inodes) return refuse(Error::corrupt, "the first inode");
  if (g.has_incompat(feature::kMetaBg) && g.first_meta_bg > g.descriptor_blocks()) return refuse(Error::corrupt, "the first meta group");
  for (std::uint32_t i = 0; i < g.descriptor_blocks(); ++i) {
    if (!g.holds(g.descriptor_block(i), 1)) return refuse(Error::corrupt, "the group descriptors' place");
  }
  if (g.base_blocks(0) >= g.blocks_per_group) return refuse(Error::corrupt, "room for group descriptors");
  if (g.has_incompat(feature::kFlexBg)) {
    const std::uint8_t log_flex = get8(bytes, sb::kLogGroupsPerFlex);
    if (log_flex > 31) return refuse(Error::corrupt, "groups per flex group");
    g.groups_per_flex = 1u << log_flex;
  }
  if (g.inode_bytes > in::kGoodOldBytes) {
    const std::uint32_t most = g.inode_bytes - static_cast<std::uint32_t>(in::kGoodOldBytes);
    if (g.want_extra_isize == 0) g.want_extra_isize = std::min(32u, most);
    if (g.want_extra_isize < 4 || g.want_extra_isize > most || g.want_extra_isize % 4 != 0) {
      return refuse(Error::corrupt, "the extra size of inodes");
    }
  } else {
    g.want_extra_isize = 0;
  }
  return g;
}

}  // namespace tessera::fs::ext4
