// SPDX-License-Identifier: Apache-2.0
// The parts of a disk: an MBR with its extended partitions, or a GPT (UEFI specification 2.10, 5.3), of
// which the backup is taken where the first is damaged. Nothing on the disk is trusted: what does not lie
// on it is left out, and chains and arrays are bounded.
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "components/fs/block_device.hpp"

namespace tessera::fs {

struct Partition {
  std::uint32_t number = 0;    // from 1; at most kMostPartition
  std::uint32_t mbr_type = 0;  // of an MBR
  std::uint64_t first = 0, bytes = 0;
  std::array<std::uint8_t, 16> type{}, identity{};  // of a GPT
};
inline constexpr std::uint32_t kMostPartition = 255;

struct PartitionTable {
  enum class Kind : std::uint8_t { none, mbr, gpt };
  Kind kind = Kind::none;
  std::vector<Partition> partitions{};
  bool from_backup = false;  // the GPT's first header or array is damaged

  [[nodiscard]] const Partition* find(std::uint32_t number) const;
};

// Of a disk without any: kind none. corrupt: there is a GPT, and neither copy of it is good. `room`: memory
// that the device reaches, at least one sector and a page.
Io<PartitionTable> read_partitions(BlockDevice& disk, std::span<std::byte> room);

}  // namespace tessera::fs
