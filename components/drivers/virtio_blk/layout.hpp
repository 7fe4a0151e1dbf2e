// SPDX-License-Identifier: Apache-2.0
// What a virtio block device and its driver agree on (virtio 1.1, 5.2).
#pragma once

#include <cstddef>
#include <cstdint>

namespace tessera::virtio_blk {

// Offsets and sizes count in these, whatever the disk's own sectors are.
inline constexpr std::uint64_t kUnit = 512;

// Features (5.2.3).
inline constexpr std::uint64_t kSizeMax = 1u << 1, kSegmentMax = 1u << 2, kReadOnly = 1u << 5, kBlockSize = 1u << 6, kFlush = 1u << 9,
                               kDiscard = 1u << 13;

// The configuration's 32-bit words (5.2.4).
inline constexpr std::size_t kConfigurationWords = 12;
inline constexpr std::size_t kCapacityWord = 0, kSizeMaxWord = 2, kSegmentMaxWord = 3, kBlockSizeWord = 5, kDiscardMaxWord = 9;

// A request (5.2.6): a header, data, a byte of status.
enum class Kind : std::uint32_t { read = 0, write = 1, flush = 4, discard = 11 };
struct Header {
  std::uint32_t kind = 0;
  std::uint32_t reserved = 0;
  std::uint64_t sector = 0;
};
struct DiscardRange {
  std::uint64_t sector = 0;
  std::uint32_t sectors = 0;
  std::uint32_t flags = 0;
};
inline constexpr std::uint8_t kDone = 0, kFailed = 1, kUnsupported = 2, kNotYet = 0xff;  // the last is the driver's own

}  // namespace tessera::virtio_blk
