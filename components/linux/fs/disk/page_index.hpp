// SPDX-License-Identifier: Apache-2.0
// Which frame holds which page of a file: a sparse table. Holds no references.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "components/linux/core/frames.hpp"

namespace tessera::lx {

class PageIndex {
 public:
  // Frame::none: there is none.
  [[nodiscard]] Frame find(std::uint64_t index) const;
  void set(std::uint64_t index, Frame frame);
  void clear(std::uint64_t index);
  // The first page from `index` on that is there; ~0: none is.
  [[nodiscard]] std::uint64_t next(std::uint64_t index) const;

 private:
  static constexpr std::uint64_t kChunkPages = 64;
  struct Chunk {
    std::uint64_t first = 0;  // page index, a multiple of kChunkPages
    std::uint64_t present = 0;  // a bit for each frame
    std::unique_ptr<std::array<Frame, kChunkPages>> frames;
  };
  [[nodiscard]] std::size_t position(std::uint64_t index) const;

  std::vector<Chunk> chunks_;  // in order
  mutable std::size_t last_ = 0;  // where the last one asked for was
};

}  // namespace tessera::lx
