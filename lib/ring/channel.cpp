// SPDX-License-Identifier: Apache-2.0
#include "lib/ring/channel.hpp"

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

}  // namespace tessera::ring
