// SPDX-License-Identifier: Apache-2.0
// Where things are in FAT's structures (Microsoft FAT specification, "fatgen103", 2000).
#pragma once

#include <cstddef>
#include <cstdint>

namespace tessera::fs::fat {

// Boot sector, pages 9 to 13.
namespace boot {
inline constexpr std::size_t kBytes = 512;
inline constexpr std::size_t kSectorBytes = 11, kClusterSectors = 13, kReservedSectors = 14, kTables = 16, kRootEntries = 17,
                             kSectors16 = 19, kMedia = 21, kTableSectors16 = 22, kSectors32 = 32, kMark = 510;
// FAT12 and FAT16.
inline constexpr std::size_t kState16 = 37, kSignature16 = 38, kSerial16 = 39, kLabel16 = 43;
// FAT32.
inline constexpr std::size_t kTableSectors32 = 36, kTableFlags = 40, kVersion = 42, kRootCluster = 44, kInfoSector = 48,
                             kState32 = 65, kSignature32 = 66, kSerial32 = 67, kLabel32 = 71;
inline constexpr std::uint16_t kMarkValue = 0xaa55;
inline constexpr std::uint8_t kSignatureValue = 0x29;  // serial and label are there
inline constexpr std::uint16_t kOneTable = 0x80, kTableMask = 0xf;
// Linux' and Windows' byte of the volume's state.
inline constexpr std::uint8_t kDirty = 1;
inline constexpr std::size_t kLabelBytes = 11;
}  // namespace boot

// FSInfo, page 21.
namespace info {
inline constexpr std::size_t kLead = 0, kStruct = 484, kFree = 488, kNext = 492, kTrail = 508;
inline constexpr std::uint32_t kLeadValue = 0x4161'5252, kStructValue = 0x6141'7272, kTrailValue = 0xaa55'0000, kUnknown = 0xffff'ffff;
}  // namespace info

// Directory entries, pages 22 to 28.
namespace entry {
inline constexpr std::size_t kBytes = 32;
inline constexpr std::size_t kName = 0, kAttributes = 11, kCase = 12, kBornTenths = 13, kBornTime = 14, kBornDate = 16, kAccessedDate = 18,
                             kClusterHigh = 20, kWrittenTime = 22, kWrittenDate = 24, kClusterLow = 26, kSize = 28;
inline constexpr std::size_t kNameBytes = 11, kBaseBytes = 8;
inline constexpr std::uint8_t kReadOnly = 1, kVolume = 8, kDirectory = 0x10, kArchive = 0x20, kLongName = 0xf, kLongNameMask = 0x3f;
inline constexpr std::uint8_t kLowerBase = 8, kLowerExtension = 0x10;  // of kCase, as Windows NT has it
inline constexpr std::uint8_t kEnd = 0, kDeleted = 0xe5, kReallyE5 = 5;  // first byte of the name
// Ours, of kCase in an entry that is deleted: the file is still in use.
inline constexpr std::uint8_t kKept = 0x80;
// Parts of a long name.
inline constexpr std::size_t kOrder = 0, kType = 12, kChecksum = 13;
inline constexpr std::uint8_t kLast = 0x40, kOrderMask = 0x3f;
inline constexpr std::size_t kUnits = 13, kMostParts = 20, kMostUnits = 255;
inline constexpr std::uint32_t kMostInDirectory = 65536;
}  // namespace entry

inline constexpr std::uint32_t kFirstCluster = 2;
inline constexpr std::uint64_t kMostFileBytes = 0xffff'ffff;

}  // namespace tessera::fs::fat
