// SPDX-License-Identifier: Apache-2.0
// The page cache of one file: which frame holds which page. Sparse; holes have no
// frame. Pages of a file of the bundle are read where they lie and replaced by a
// frame of the pool when they are first written to.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "components/linux/core/frames.hpp"

namespace tessera::lx {

class FilePages {
 public:
  FilePages() = default;
  ~FilePages() { cut(0); }
  FilePages(const FilePages&) = delete;
  FilePages& operator=(const FilePages&) = delete;

  // The first `pages` pages are those of the root data from `offset` on.
  void set_bundle(std::uint64_t offset, std::uint64_t pages);

  // Frame::none for a hole.
  [[nodiscard]] Frame find(std::uint64_t index);
  // A frame that may be written to. `fresh` tells that it came from a hole and its contents are undefined.
  Result<Frame> writable(std::uint64_t index, bool& fresh);
  // Gives up the pages from `first` on / in [first, end).
  void cut(std::uint64_t first);
  void punch(std::uint64_t first, std::uint64_t end);
  // The first page from `index` on that has / has no frame; ~0 for "no page has".
  [[nodiscard]] std::uint64_t next_data(std::uint64_t index) const;
  [[nodiscard]] std::uint64_t next_hole(std::uint64_t index) const;

  // Frames of the pool that it holds.
  [[nodiscard]] std::uint64_t count() const { return count_; }

 private:
  static constexpr std::uint64_t kChunkPages = 64;
  struct Chunk {
    std::uint64_t first = 0;  // page index, a multiple of kChunkPages
    std::unique_ptr<std::array<Frame, kChunkPages>> frames;
    // Pages of the bundle that were punched out would otherwise show again.
    std::uint64_t punched = 0;
  };
  [[nodiscard]] std::size_t position(std::uint64_t index) const;
  Chunk* chunk_of(std::uint64_t index);
  [[nodiscard]] const Chunk* chunk_of(std::uint64_t index) const;
  Chunk& make_chunk(std::uint64_t index);
  [[nodiscard]] bool in_bundle(std::uint64_t index) const { return index < bundle_pages_; }
  [[nodiscard]] bool has(std::uint64_t index) const;

  // Small files are the most: their first pages need no chunk.
  std::array<Frame, 2> first_{Frame::none, Frame::none};
  std::uint8_t first_punched_ = 0;
  std::vector<Chunk> chunks_;  // sorted
  std::uint64_t bundle_offset_ = 0, bundle_pages_ = 0;
  std::uint64_t count_ = 0;
};

}  // namespace tessera::lx
