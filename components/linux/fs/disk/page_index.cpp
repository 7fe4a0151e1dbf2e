// SPDX-License-Identifier: Apache-2.0
#include "components/linux/fs/disk/page_index.hpp"

#include <algorithm>
#include <bit>

namespace tessera::lx {

// Of the chunk of this page, or of the one that it would come before.
std::size_t PageIndex::position(std::uint64_t index) const {
  const std::uint64_t first = index / kChunkPages * kChunkPages;
  if (last_ < chunks_.size() && chunks_[last_].first == first) return last_;
  const auto place = std::ranges::lower_bound(chunks_, first, {}, &Chunk::first);
  return last_ = static_cast<std::size_t>(place - chunks_.begin());
}

Frame PageIndex::find(std::uint64_t index) const {
  const std::size_t at = position(index);
  if (at == chunks_.size()) return Frame::none;
  const Chunk& chunk = chunks_[at];
  return chunk.first == index / kChunkPages * kChunkPages ? (*chunk.frames)[index % kChunkPages] : Frame::none;
}

void PageIndex::set(std::uint64_t index, Frame frame) {
  const std::size_t at = position(index);
  const std::uint64_t first = index / kChunkPages * kChunkPages;
  if (at == chunks_.size() || chunks_[at].first != first) {
    Chunk made{.first = first, .present = 0, .frames = std::make_unique<std::array<Frame, kChunkPages>>()};
    made.frames->fill(Frame::none);
    chunks_.insert(chunks_.begin() + static_cast<std::ptrdiff_t>(at), std::move(made));
  }
  Chunk& chunk = chunks_[at];
  (*chunk.frames)[index % kChunkPages] = frame;
  chunk.present |= std::uint64_t{1} << index % kChunkPages;
}

void PageIndex::clear(std::uint64_t index) {
  const std::size_t at = position(index);
  if (at == chunks_.size() || chunks_[at].first != index / kChunkPages * kChunkPages) return;
  Chunk& chunk = chunks_[at];
  (*chunk.frames)[index % kChunkPages] = Frame::none;
  chunk.present &= ~(std::uint64_t{1} << index % kChunkPages);
  if (chunk.present == 0) chunks_.erase(chunks_.begin() + static_cast<std::ptrdiff_t>(at));
}

std::uint64_t PageIndex::next(std::uint64_t index) const {
  for (std::size_t at = position(index); at < chunks_.size(); ++at) {
    const Chunk& chunk = chunks_[at];
    const std::uint64_t skip = index > chunk.first ? index - chunk.first : 0;
    const std::uint64_t rest = chunk.present >> skip << skip;
    if (rest != 0) return chunk.first + static_cast<std::uint64_t>(std::countr_zero(rest));
  }
  return ~std::uint64_t{0};
}

}  // namespace tessera::lx
