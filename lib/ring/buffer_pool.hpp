// SPDX-License-Identifier: Apache-2.0
// Which buffers of a channel's pool are free: buffers of one size, handed out by the client alone.
// The list is private; the pool's memory, which the peer writes to, is not looked at.
#pragma once

#include <optional>
#include <vector>

#include "lib/ring/channel.hpp"

namespace tessera::ring {

class BufferPool {
 public:
  // All of the pool in buffers of `bytes`, at least 1; what is left of it is not used.
  BufferPool(std::span<std::byte> pool, std::uint32_t bytes);

  [[nodiscard]] std::optional<Buffer> take();
  // What take() gave, once its request was answered. Its length may have been changed.
  void give_back(Buffer buffer) { free_.push_back(buffer.offset); }

  [[nodiscard]] std::size_t free() const { return free_.size(); }
  // The memory of a buffer that take() gave.
  [[nodiscard]] std::span<std::byte> memory(Buffer buffer) const { return pool_.subspan(buffer.offset, buffer.bytes); }

 private:
  std::span<std::byte> pool_;
  std::uint32_t bytes_;
  std::vector<std::uint32_t> free_;  // never grows beyond what it has room for from the start
};

}  // namespace tessera::ring
