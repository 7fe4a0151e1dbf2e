// SPDX-License-Identifier: Apache-2.0
#include "lib/ring/buffer_pool.hpp"

namespace tessera::ring {

BufferPool::BufferPool(std::span<std::byte> pool, std::uint32_t bytes) : pool_(pool), bytes_(bytes) {
  const std::size_t count = pool.size() / bytes;
  free_.reserve(count);
  for (std::size_t i = count; i > 0; --i) free_.push_back(static_cast<std::uint32_t>((i - 1) * bytes));
}

std::optional<Buffer> BufferPool::take() {
  if (free_.empty()) return std::nullopt;
  const std::uint32_t offset = free_.back();
  free_.pop_back();
  return Buffer{.offset = offset, .bytes = bytes_};
}

}  // namespace tessera::ring
