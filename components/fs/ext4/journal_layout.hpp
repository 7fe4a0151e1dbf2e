// SPDX-License-Identifier: Apache-2.0
// Where the fields of the journal's blocks lie (big endian), and the bits in them.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tessera::fs::ext4::jb {

inline constexpr std::uint32_t kMagic = 0xc03b'3998;
inline constexpr std::uint32_t kDescriptor = 1, kCommit = 2, kSuperblockV1 = 3, kSuperblockV2 = 4, kRevoke = 5;
inline constexpr std::size_t kHeader = 12, kTail = 4;

inline constexpr std::size_t kBlockSize = 0xc, kMaxLen = 0x10, kFirst = 0x14, kSequence = 0x18, kStart = 0x1c, kErrno = 0x20, kCompat = 0x24,
                             kIncompat = 0x28, kUuid = 0x30, kChecksumType = 0x50, kFastBlocks = 0x54, kChecksum = 0xfc;
inline constexpr std::uint32_t kCompatChecksum = 1;
inline constexpr std::uint32_t kRevokes = 1, k64Bit = 2, kAsyncCommit = 4, kChecksumV2 = 8, kChecksumV3 = 0x10, kFastCommit = 0x20;
inline constexpr std::uint32_t kDefaultFastBlocks = 256;

inline constexpr std::uint32_t kEscaped = 1, kSameUuid = 2, kDeleted = 4, kLastTag = 8;
inline constexpr std::size_t kUuidBytes = 16;

inline constexpr std::size_t kRevokeCount = 12, kRevokeFirst = 16;
inline constexpr std::size_t kCommitChecksum = 16, kCommitSeconds = 48;

}  // namespace tessera::fs::ext4::jb
