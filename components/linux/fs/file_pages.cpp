// SPDX-License-Identifier: Apache-2.0
// The page cache of one file.
#include "components/linux/fs/file_pages.hpp"

#include <algorithm>
#include <utility>

namespace tessera::lx {

void FilePages::set_bundle(std::uint64_t offset, std::uint64_t pages) {
  bundle_offset_ = offset;
  bundle_pages_ = pages;
}

// Where in chunks_ the first chunk is that ends behind the page.
std::size_t FilePages::position(std::uint64_t index) const {
  std::uint64_t first = index - index % kChunkPages;
  if (chunks_.empty() || chunks_.back().first < first) return chunks_.size();  // growing files end here
  auto place = std::ranges::lower_bound(chunks_, first, {}, &Chunk::first);
  return static_cast<std::size_t>(place - chunks_.begin());
}

const FilePages::Chunk* FilePages::chunk_of(std::uint64_t index) const {
  std::size_t at = position(index);
  if (at == chunks_.size() || chunks_[at].first > index) return nullptr;
  return &chunks_[at];
}

FilePages::Chunk* FilePages::chunk_of(std::uint64_t index) {
  return const_cast<Chunk*>(std::as_const(*this).chunk_of(index));
}

FilePages::Chunk& FilePages::make_chunk(std::uint64_t index) {
  if (Chunk* found = chunk_of(index); found != nullptr) return *found;
  Chunk made{index - index % kChunkPages, std::make_unique<std::array<Frame, kChunkPages>>(), 0};
  made.frames->fill(Frame::none);
  auto place = chunks_.begin() + static_cast<std::ptrdiff_t>(position(index));
  return *chunks_.insert(place, std::move(made));
}

Frame FilePages::find(std::uint64_t index) {
  bool punched = false;
  if (index < first_.size()) {
    if (first_[index] != Frame::none) return first_[index];
    punched = (first_punched_ >> index & 1) != 0;
  } else if (const Chunk* chunk = chunk_of(index); chunk != nullptr) {
    Frame frame = (*chunk->frames)[index % kChunkPages];
    if (frame != Frame::none) return frame;
    punched = (chunk->punched >> (index % kChunkPages) & 1) != 0;
  }
  if (!in_bundle(index) || punched) return Frame::none;
  return bundle_frame(bundle_offset_ + index * kPageBytes).value_or(Frame::none);
}

Result<Frame> FilePages::writable(std::uint64_t index, bool& fresh) {
  fresh = false;
  Frame held = find(index);
  if (held != Frame::none && !frame_is_read_only(held)) return held;
  Frame made = TRY(allocate_frame());
  if (held != Frame::none)
    std::ranges::copy(frame_bytes(held), frame_bytes(made).begin());
  else
    fresh = true;
  if (index < first_.size())
    first_[index] = made;
  else
    (*make_chunk(index).frames)[index % kChunkPages] = made;
  ++count_;
  return made;
}

void FilePages::punch(std::uint64_t first, std::uint64_t end) {
  auto drop = [&](Frame& slot) {
    if (slot == Frame::none) return;
    release_frame(std::exchange(slot, Frame::none));
    --count_;
  };
  for (std::uint64_t index = first; index < std::min<std::uint64_t>(end, first_.size()); ++index) {
    drop(first_[index]);
    first_punched_ = static_cast<std::uint8_t>(first_punched_ | 1u << index);
  }
  first = std::max<std::uint64_t>(first, first_.size());
  // What lies in the bundle needs a mark, page by page.
  for (std::uint64_t index = first; index < std::min(end, bundle_pages_); ++index)
    make_chunk(index).punched |= std::uint64_t{1} << (index % kChunkPages);
  for (std::size_t at = position(first); at < chunks_.size() && chunks_[at].first < end; ++at) {
    for (std::uint64_t i = 0; i < kChunkPages; ++i) {
      std::uint64_t index = chunks_[at].first + i;
      if (index >= first && index < end) drop((*chunks_[at].frames)[i]);
    }
  }
}

void FilePages::cut(std::uint64_t first) {
  bundle_pages_ = std::min(bundle_pages_, first);
  punch(first, ~std::uint64_t{0});
  if (first > ~std::uint64_t{0} - kChunkPages) return;
  auto behind = chunks_.begin() + static_cast<std::ptrdiff_t>(position(first + kChunkPages - 1));
  chunks_.erase(behind, chunks_.end());
}

bool FilePages::has(std::uint64_t index) const { return const_cast<FilePages*>(this)->find(index) != Frame::none; }

std::uint64_t FilePages::next_data(std::uint64_t index) const {
  for (; index < std::max<std::uint64_t>(first_.size(), bundle_pages_); ++index)
    if (has(index)) return index;
  for (std::size_t at = position(index); at < chunks_.size(); ++at)
    for (std::uint64_t i = 0; i < kChunkPages; ++i)
      if (chunks_[at].first + i >= index && (*chunks_[at].frames)[i] != Frame::none) return chunks_[at].first + i;
  return ~std::uint64_t{0};
}

std::uint64_t FilePages::next_hole(std::uint64_t index) const {
  while (has(index)) ++index;
  return index;
}

}  // namespace tessera::lx
