// SPDX-License-Identifier: Apache-2.0
// What an NVM Express controller and its driver agree on (NVM Express base specification 1.4; "NVMe" below).
#pragma once

#include <cstddef>
#include <cstdint>

namespace tessera::nvme {

// Pages of the controller: CC.MPS is always 0.
inline constexpr std::size_t kPage = 4096;

// Registers (NVMe 3.1).
inline constexpr std::size_t kCapabilitiesAt = 0x00, kVersionAt = 0x08, kConfigurationAt = 0x14, kStatusAt = 0x1c, kAdminAttributesAt = 0x24,
                             kAdminSubmissionAt = 0x28, kAdminCompletionAt = 0x30, kDoorbellsAt = 0x1000;
inline constexpr std::uint32_t kEnable = 1, kReady = 1, kFatal = 2;
// Entries of 64 and 16 bytes; the NVM command set, round robin, pages of 4 KiB.
inline constexpr std::uint32_t kConfiguration = 6u << 16 | 4u << 20;
// A register of a function that is gone, or decodes nothing.
inline constexpr std::uint32_t kNobody = 0xffff'ffff;

enum class Admin : std::uint8_t { make_submission = 0x01, make_completion = 0x05, identify = 0x06, set_features = 0x09 };
enum class Kind : std::uint8_t { flush = 0x00, write = 0x01, read = 0x02, dataset = 0x09 };

// A command (NVMe 4.2).
struct Command {
  std::uint8_t opcode = 0;
  std::uint8_t flags = 0;  // data by PRP
  std::uint16_t id = 0;
  std::uint32_t space = 0;
  std::uint64_t reserved = 0;
  std::uint64_t metadata = 0;
  std::uint64_t data1 = 0, data2 = 0;
  std::uint32_t word10 = 0, word11 = 0, word12 = 0, word13 = 0, word14 = 0, word15 = 0;
};
static_assert(sizeof(Command) == 64);

// Its answer (NVMe 4.6).
struct Completion {
  std::uint32_t result = 0;
  std::uint32_t reserved = 0;
  std::uint16_t submission_head = 0;
  std::uint16_t submission_queue = 0;
  std::uint16_t id = 0;
  std::uint16_t status = 0;  // bit 0: the phase
};
static_assert(sizeof(Completion) == 16);

// Without the phase (NVMe 4.6.1).
inline constexpr std::uint32_t kStatusCode = 0x7ff, kDoNotRetry = 1u << 14;
inline constexpr std::uint32_t kInvalidOpcode = 0x01;

inline constexpr std::uint32_t kDurable = 1u << 30;  // word12 of a write
inline constexpr std::uint32_t kDeallocate = 1u << 2;  // word11 of dataset
// What dataset is about (NVMe 6.7).
struct Range {
  std::uint32_t attributes = 0;
  std::uint32_t blocks = 0;
  std::uint64_t first = 0;
};

// Identify: which of them in word10, and offsets in what it writes (NVMe 5.15).
inline constexpr std::uint32_t kOfNamespace = 0, kOfController = 1, kActiveNamespaces = 2;
inline constexpr std::size_t kMostTransferAt = 77, kOptionalCommandsAt = 520, kVolatileCacheAt = 525;
inline constexpr std::size_t kSizeAt = 0, kFormatsAt = 25, kFormatAt = 26, kAttributesAt = 99, kFormatListAt = 128;
inline constexpr std::uint16_t kHasDataset = 1u << 2;
inline constexpr std::uint8_t kWriteProtected = 1;

inline constexpr std::uint32_t kNumberOfQueues = 0x07;  // a feature

}  // namespace tessera::nvme
