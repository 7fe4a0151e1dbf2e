// SPDX-License-Identifier: Apache-2.0
// Where the fields of ext4's structures lie (Linux, Documentation/filesystems/ext4), and the bits in them.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tessera::fs::ext4 {

namespace feature {
inline constexpr std::uint32_t kHasJournal = 0x4, kExtAttr = 0x8, kResizeInode = 0x10, kDirIndex = 0x20, kSparseSuper2 = 0x200,
                               kFastCommit = 0x400, kOrphanFile = 0x1000;  // compatible
inline constexpr std::uint32_t kFiletype = 0x2, kRecover = 0x4, kMetaBg = 0x10, kExtents = 0x40, k64Bit = 0x80, kMmp = 0x100,
                               kFlexBg = 0x200, kChecksumSeed = 0x2000, kLargeDir = 0x4000, kInlineData = 0x8000;  // incompatible
inline constexpr std::uint32_t kSparseSuper = 0x1, kLargeFile = 0x2, kHugeFile = 0x8, kGroupChecksum = 0x10, kDirNlink = 0x20,
                               kExtraIsize = 0x40, kQuota = 0x100, kBigalloc = 0x200, kMetadataChecksum = 0x400, kReadOnly = 0x1000,
                               kProject = 0x2000, kSharedBlocks = 0x4000, kVerity = 0x8000,
                               kOrphanPresent = 0x10000;  // compatible for reading
}  // namespace feature

namespace sb {
inline constexpr std::size_t kBytes = 1024, kOffset = 1024;
inline constexpr std::size_t kInodes = 0x0, kBlocks = 0x4, kReserved = 0x8, kFreeBlocks = 0xc, kFreeInodes = 0x10, kFirstDataBlock = 0x14,
                             kLogBlockSize = 0x18, kLogClusterSize = 0x1c, kBlocksPerGroup = 0x20, kInodesPerGroup = 0x28,
                             kMountTime = 0x2c, kWriteTime = 0x30, kMountCount = 0x34, kMagic = 0x38, kState = 0x3a, kRevision = 0x4c,
                             kFirstInode = 0x54, kInodeSize = 0x58, kCompat = 0x5c, kIncompat = 0x60, kRoCompat = 0x64, kUuid = 0x68,
                             kLabel = 0x78, kReservedGdt = 0xce, kJournalInode = 0xe0, kJournalDevice = 0xe4, kLastOrphan = 0xe8,
                             kHashSeed = 0xec, kHashVersion = 0xfc, kDescriptorSize = 0xfe, kFirstMetaBg = 0x104, kBlocksHigh = 0x150,
                             kReservedHigh = 0x154, kFreeBlocksHigh = 0x158, kWantExtraIsize = 0x15e, kFlags = 0x160,
                             kLogGroupsPerFlex = 0x174, kChecksumType = 0x175, kErrorCount = 0x194, kBackupGroups = 0x24c,
                             kChecksumSeed = 0x270, kOrphanFileInode = 0x280, kChecksum = 0x3fc;
inline constexpr std::uint16_t kMagicValue = 0xef53, kStateValid = 1, kStateErrors = 2, kStateOrphans = 4;
inline constexpr std::uint32_t kFlagUnsignedHash = 2;
}  // namespace sb

namespace gd {
inline constexpr std::size_t kBlockBitmap = 0x0, kInodeBitmap = 0x4, kInodeTable = 0x8, kFreeBlocks = 0xc, kFreeInodes = 0xe, kUsedDirs = 0x10,
                             kFlags = 0x12, kBlockBitmapSum = 0x18, kInodeBitmapSum = 0x1a, kUnusedInodes = 0x1c, kChecksum = 0x1e,
                             kBlockBitmapHigh = 0x20, kInodeBitmapHigh = 0x24, kInodeTableHigh = 0x28, kFreeBlocksHigh = 0x2c,
                             kFreeInodesHigh = 0x2e, kUsedDirsHigh = 0x30, kUnusedInodesHigh = 0x32, kBlockBitmapSumHigh = 0x38,
                             kInodeBitmapSumHigh = 0x3a;
inline constexpr std::uint16_t kInodeUninit = 1, kBlockUninit = 2;
}  // namespace gd

namespace in {
inline constexpr std::size_t kMode = 0x0, kUid = 0x2, kSize = 0x4, kAccessed = 0x8, kChanged = 0xc, kModified = 0x10, kDeleted = 0x14, kGid = 0x18,
                             kLinks = 0x1a, kBlocks = 0x1c, kFlags = 0x20, kBlock = 0x28, kGeneration = 0x64, kAcl = 0x68, kSizeHigh = 0x6c,
                             kBlocksHigh = 0x74, kAclHigh = 0x76, kUidHigh = 0x78, kGidHigh = 0x7a, kChecksum = 0x7c, kExtraIsize = 0x80,
                             kChecksumHigh = 0x82, kChangedExtra = 0x84, kModifiedExtra = 0x88, kAccessedExtra = 0x8c, kBorn = 0x90,
                             kBornExtra = 0x94;
inline constexpr std::size_t kBlockBytes = 60, kGoodOldBytes = 128;
inline constexpr std::uint32_t kImmutableFlag = 0x10, kAppendFlag = 0x20, kIndexFlag = 0x1000, kHugeFileFlag = 0x40000, kExtentsFlag = 0x80000,
                               kVerityFlag = 0x100000, kEaInodeFlag = 0x200000, kInlineDataFlag = 0x10000000;
}  // namespace in

namespace mode {
inline constexpr std::uint32_t kType = 0xf000, kFifo = 0x1000, kCharacter = 0x2000, kDirectory = 0x4000, kBlockDevice = 0x6000,
                               kRegular = 0x8000, kLink = 0xa000, kSocket = 0xc000;
}  // namespace mode

inline constexpr std::uint32_t kRootInode = 2;
inline constexpr std::uint32_t kMostLinks = 65000;

}  // namespace tessera::fs::ext4
