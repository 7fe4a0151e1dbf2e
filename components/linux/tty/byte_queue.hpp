// SPDX-License-Identifier: Apache-2.0
// A bounded queue of bytes.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <span>
#include <vector>

#include "components/linux/core/io_buffer.hpp"

namespace tessera::lx {

class ByteQueue {
 public:
  explicit ByteQueue(std::size_t capacity) : capacity_(capacity) {}

  [[nodiscard]] std::size_t size() const { return used_; }
  [[nodiscard]] std::size_t room() const { return capacity_ - used_; }
  [[nodiscard]] bool empty() const { return used_ == 0; }
  void clear() { used_ = 0; }

  // As many as there is room for.
  std::size_t push(std::span<const std::byte> bytes) {
    if (storage_.empty()) storage_.resize(capacity_);
    std::size_t done = 0;
    while (done < bytes.size() && room() != 0) {
      std::size_t tail = (head_ + used_) % capacity_;
      std::size_t length = std::min({bytes.size() - done, room(), capacity_ - tail});
      std::memcpy(std::span(storage_).subspan(tail).data(), bytes.subspan(done).data(), length);
      used_ += length;
      done += length;
    }
    return done;
  }
  // As many as the buffer takes.
  std::size_t pop(IoBuffer& to) {
    std::size_t done = 0;
    while (used_ != 0 && to.remaining() != 0) {
      std::size_t length = std::min({used_, capacity_ - head_, to.remaining()});
      std::size_t moved = to.put(std::span<const std::byte>(storage_).subspan(head_, length));
      head_ = (head_ + moved) % capacity_;
      used_ -= moved;
      done += moved;
      if (moved < length) break;
    }
    return done;
  }

 private:
  std::size_t capacity_;
  std::size_t head_ = 0, used_ = 0;
  std::vector<std::byte> storage_;  // made when first used
};

}  // namespace tessera::lx
