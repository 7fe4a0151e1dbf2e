// SPDX-License-Identifier: Apache-2.0
// Parts of a list of pieces of memory.
#pragma once

#include <algorithm>
#include <vector>

#include "components/fs/block_device.hpp"

namespace tessera::fs {

[[nodiscard]] inline std::uint64_t bytes_of(BlockDevice::Pieces pieces) {
  std::uint64_t bytes = 0;
  for (const std::span<std::byte> piece : pieces) bytes += piece.size();
  return bytes;
}

// Adds the bytes [from, from + bytes) of `pieces` to `to`.
inline void slice(BlockDevice::Pieces pieces, std::uint64_t from, std::uint64_t bytes, std::vector<std::span<std::byte>>& to) {
  for (const std::span<std::byte> piece : pieces) {
    if (bytes == 0) return;
    if (from >= piece.size()) {
      from -= piece.size();
      continue;
    }
    const std::uint64_t count = std::min(bytes, piece.size() - from);
    to.push_back(piece.subspan(static_cast<std::size_t>(from), static_cast<std::size_t>(count)));
    from = 0;
    bytes -= count;
  }
}

}  // namespace tessera::fs
