// SPDX-License-Identifier: Apache-2.0
// IoBuffer: one cursor over guest ranges or personality memory.
#include "components/linux/core/io_buffer.hpp"

#include <algorithm>
#include <cstring>

#include "components/linux/core/guest_memory.hpp"

namespace tessera::lx {

IoBuffer IoBuffer::guest(std::span<const GuestRange> ranges, Hold hold) {
  IoBuffer buffer;
  buffer.hold_ = hold;
  buffer.is_guest_ = true;
  buffer.ranges_ = ranges;
  for (const GuestRange& range : ranges) buffer.remaining_ += range.bytes;
  return buffer;
}

IoBuffer IoBuffer::local(std::span<std::byte> bytes) {
  IoBuffer buffer;
  buffer.out_ = bytes;
  buffer.remaining_ = bytes.size();
  return buffer;
}

IoBuffer IoBuffer::local(std::span<const std::byte> bytes) {
  IoBuffer buffer;
  buffer.in_ = bytes;
  buffer.remaining_ = bytes.size();
  return buffer;
}

// Moves up to `count` bytes range by range: `move(address, done, length)` answers
// how many of them it moved.
template <typename Move>
std::size_t IoBuffer::each_range(std::size_t count, Move move) {
  std::size_t done = 0;
  while (done < count && !ranges_.empty()) {
    const GuestRange& range = ranges_.front();
    std::size_t length = std::min<std::size_t>(count - done, range.bytes - offset_);
    std::size_t moved = length == 0 ? 0 : move(range.address + offset_, done, length);
    done += moved;
    offset_ += moved;
    if (moved < length) {
      faulted_ = true;
      break;
    }
    if (offset_ == range.bytes) {
      ranges_ = ranges_.subspan(1);
      offset_ = 0;
    }
  }
  remaining_ -= done;
  return done;
}

std::size_t IoBuffer::put(std::span<const std::byte> bytes) {
  if (is_guest_)
    return each_range(std::min(bytes.size(), remaining_), [&](std::uint64_t address, std::size_t done, std::size_t length) {
      return copy_to_guest_partial(address, bytes.subspan(done, length));
    });
  std::size_t length = std::min(bytes.size(), remaining_);
  if (length != 0) std::memcpy(out_.data(), bytes.data(), length);
  out_ = out_.subspan(length);
  remaining_ -= length;
  return length;
}

std::size_t IoBuffer::take(std::span<std::byte> bytes) {
  if (is_guest_)
    return each_range(std::min(bytes.size(), remaining_), [&](std::uint64_t address, std::size_t done, std::size_t length) {
      return copy_from_guest_partial(bytes.subspan(done, length), address);
    });
  std::size_t length = std::min(bytes.size(), remaining_);
  if (length != 0) std::memcpy(bytes.data(), in_.data(), length);
  in_ = in_.subspan(length);
  remaining_ -= length;
  return length;
}

bool IoBuffer::aligned(std::uint64_t bytes) const {
  std::uint64_t skip = offset_, left = remaining_;
  for (const GuestRange& range : ranges_) {
    const std::uint64_t length = std::min(range.bytes - skip, left);
    if ((range.address + skip) % bytes != 0 || length % bytes != 0) return false;
    left -= length;
    skip = 0;
  }
  return left % bytes == 0;
}

std::size_t IoBuffer::put_zeros(std::size_t count) {
  if (is_guest_)
    return each_range(std::min(count, remaining_), [&](std::uint64_t address, std::size_t, std::size_t length) {
      return clear_guest_partial(address, length);
    });
  std::size_t length = std::min(count, remaining_);
  std::ranges::fill(out_.first(length), std::byte{0});
  out_ = out_.subspan(length);
  remaining_ -= length;
  return length;
}

}  // namespace tessera::lx
