// SPDX-License-Identifier: Apache-2.0
// Frames as a server is told where data lies: neighbours are one piece.
#pragma once

#include <array>
#include <span>

#include "components/linux/core/frames.hpp"
#include "lib/ring/channel.hpp"

namespace tessera::lx {

// The disks' frames are the first shared pool of every disk's channel.
inline constexpr std::uint32_t kFramePool = 1;

class FramePieces {
 public:
  // At most ring::kMostPieces frames.
  explicit FramePieces(std::span<const Frame> frames) : FramePieces(frames, frames.size() * kPageBytes) {}
  // So many bytes of them.
  FramePieces(std::span<const Frame> frames, std::size_t bytes) {
    for (const Frame frame : frames) {
      if (bytes == 0) break;
      const auto length = static_cast<std::uint32_t>(bytes < kPageBytes ? bytes : kPageBytes);
      bytes -= length;
      const auto offset = static_cast<std::uint32_t>(disk_frame_offset(frame));
      if (!pieces_.empty() && pieces_.all().back().offset + pieces_.all().back().bytes == offset) {
        pieces_.all().back().bytes += length;
      } else {
        (void)pieces_.add({.pool = kFramePool, .offset = offset, .bytes = length, .zero = 0});
      }
    }
  }
  [[nodiscard]] std::span<const ring::Piece> list() const { return pieces_.all(); }

 private:
  ring::BoundedList<ring::Piece, ring::kMostPieces> pieces_;
};

}  // namespace tessera::lx
