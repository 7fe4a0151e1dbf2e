// SPDX-License-Identifier: Apache-2.0
#include "lib/ring/channel.hpp"

#include <algorithm>
#include <limits>

namespace tessera::ring {

std::expected<ChannelLayout, RingError> ChannelLayout::of(std::span<std::byte> region, std::uint32_t entries) {
  const std::size_t first = Queue<Submission>::bytes_for(entries), second = Queue<Completion>::bytes_for(entries);
  const std::size_t pool = (first + second + kPage - 1) / kPage * kPage;
  if (entries > kMostEntries || region.size() < pool || reinterpret_cast<std::uintptr_t>(region.data()) % kPage != 0)
    return std::unexpected(RingError::bad_region);
  const auto submissions = Queue<Submission>::over(region.first(first), entries);
  const auto completions = Queue<Completion>::over(region.subspan(first, second), entries);
  if (!submissions || !completions) return std::unexpected(RingError::bad_region);
  const std::size_t pool_bytes = std::min<std::size_t>(region.size() - pool, std::numeric_limits<std::uint32_t>::max());
  return ChannelLayout{.submissions = *submissions, .completions = *completions, .pool = region.subspan(pool, pool_bytes / kPage * kPage)};
}

std::expected<Pools, RingError> Pools::of(std::span<std::byte> own, std::span<const std::span<std::byte>> shared) {
  const auto aligned = [](std::span<std::byte> pool) {
    return reinterpret_cast<std::uintptr_t>(pool.data()) % ChannelLayout::kPage == 0;
  };
  if (shared.size() > kMostShared || !std::ranges::all_of(shared, aligned)) return std::unexpected(RingError::bad_region);
  Pools result;
  result.pools_.front() = own;
  std::ranges::copy(shared, std::span(result.pools_).subspan(1).begin());
  result.count_ = 1 + shared.size();
  return result;
}

std::optional<std::span<std::byte>> Pools::part(std::uint32_t pool, std::uint32_t offset, std::uint32_t bytes) const {
  if (pool >= count_) return std::nullopt;
  const auto memory = pools_[pool];
  if (offset > memory.size() || bytes > memory.size() - offset) return std::nullopt;
  return memory.subspan(offset, bytes);
}

std::optional<Piece> Pools::piece_of(std::span<const std::byte> memory) const {
  const auto begin = reinterpret_cast<std::uintptr_t>(memory.data());
  for (std::uint32_t pool = 0; pool < count_; ++pool) {
    const auto base = reinterpret_cast<std::uintptr_t>(pools_[pool].data());
    if (begin < base || begin - base > pools_[pool].size() || memory.size() > pools_[pool].size() - (begin - base)) continue;
    constexpr std::size_t kMost = std::numeric_limits<std::uint32_t>::max();
    if (begin - base > kMost || memory.size() > kMost) return std::nullopt;
    return Piece{.pool = pool, .offset = static_cast<std::uint32_t>(begin - base), .bytes = static_cast<std::uint32_t>(memory.size())};
  }
  return std::nullopt;
}

bool PieceList::read(const Pools& pools, const Buffer& buffer) {
  pieces_.clear();
  bytes_ = 0;
  switch (buffer.form) {
    case Form::direct: return add(pools, {.pool = buffer.pool, .offset = buffer.offset, .bytes = buffer.bytes});
    case Form::pieces: break;
  }
  // Any other number comes here, too.
  const auto list = pools.part(buffer);
  if (buffer.form != Form::pieces || !list || buffer.offset % alignof(Shared<Piece>) != 0) return false;
  if (list->size() % sizeof(Piece) != 0 || list->size() / sizeof(Piece) > kMostPieces) return false;
  for (const auto& piece : shared_in<Piece>(*list, list->size() / sizeof(Piece))) {
    if (!add(pools, piece.load())) return false;
  }
  return true;
}

bool PieceList::add(const Pools& pools, const Piece& piece) {
  if (piece.zero != 0 || !pools.part(piece) || piece.bytes > std::numeric_limits<std::uint32_t>::max() - bytes_) return false;
  bytes_ += piece.bytes;
  return pieces_.add(piece);
}

}  // namespace tessera::ring
