// SPDX-License-Identifier: Apache-2.0
#include "lib/ring/byte_ring.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace tessera::ring {

namespace {
constexpr std::size_t kLeastRegion = 8192;
}  // namespace

namespace detail {

std::expected<Half, RingError> Half::of(std::span<std::byte> half) {
  const auto address = reinterpret_cast<std::uintptr_t>(half.data());
  if (half.size() < kLeastRegion / 2 || address % alignof(RingHeader) != 0) return std::unexpected(RingError::bad_region);
  Half result;
  // Zeroed or used by an earlier instance: either is a RingHeader.
  result.header_ = reinterpret_cast<RingHeader*>(&half.front());
  result.data_ = half.subspan(sizeof(RingHeader), std::bit_floor(half.size() - sizeof(RingHeader)));
  return result;
}

void Half::copy_in(std::uint64_t index, std::span<const std::byte> bytes) const {
  const std::size_t at = index & (data_.size() - 1);
  const std::size_t first = std::min(bytes.size(), data_.size() - at);
  std::memcpy(data_.subspan(at, first).data(), bytes.data(), first);
  if (first < bytes.size()) std::memcpy(data_.data(), bytes.subspan(first).data(), bytes.size() - first);
}

void Half::copy_out(std::uint64_t index, std::span<std::byte> bytes) const {
  const std::size_t at = index & (data_.size() - 1);
  const std::size_t first = std::min(bytes.size(), data_.size() - at);
  std::memcpy(bytes.data(), data_.subspan(at, first).data(), first);
  if (first < bytes.size()) std::memcpy(bytes.subspan(first).data(), data_.data(), bytes.size() - first);
}

}  // namespace detail

RingWriter::RingWriter(detail::Half half, std::uint64_t protocol)
    : half_(half),
      index_(half.header().tail, half.header().head, half.capacity(), half.header().tail.value.load(std::memory_order_relaxed)) {
  half_.header().protocol.store(protocol, std::memory_order_relaxed);  // seen by who sees a byte
}

std::expected<std::size_t, RingError> RingWriter::writable() const { return index_.room(); }

std::expected<std::size_t, RingError> RingWriter::write(std::span<const std::byte> bytes) {
  const auto room = writable();
  if (!room) return room;
  const std::size_t count = std::min(*room, bytes.size());
  if (count == 0) return count;
  half_.copy_in(index_.next(), bytes.first(count));
  index_.advance(count);
  index_.publish();
  return count;
}

bool RingWriter::drained() const {
  return half_.header().consumed_by_device.load(std::memory_order_acquire) == index_.published();
}

bool RingWriter::should_wake_reader() const { return index_.should_wake(); }
void RingWriter::prepare_sleep() const { index_.prepare_sleep(); }
void RingWriter::awake() const { index_.awake(); }
void RingWriter::set_mode(std::uint32_t mode) const { half_.header().mode.store(mode, std::memory_order_release); }

RingReader::RingReader(detail::Half half, std::uint64_t protocol)
    : half_(half),
      index_(half.header().head, half.header().tail, half.capacity(), half.header().head.value.load(std::memory_order_relaxed)),
      protocol_(protocol) {}

std::expected<std::size_t, RingError> RingReader::readable() const {
  const auto there = index_.there();
  if (there && *there != 0 && half_.header().protocol.load(std::memory_order_relaxed) != protocol_) return std::unexpected(RingError::wrong_protocol);
  return there;
}

std::expected<std::size_t, RingError> RingReader::take(std::span<std::byte> bytes) {
  const auto there = readable();
  if (!there) return there;
  const std::size_t count = std::min(*there, bytes.size());
  half_.copy_out(index_.next(), bytes.first(count));
  index_.advance(count);
  return count;
}

std::expected<std::size_t, RingError> RingReader::read(std::span<std::byte> bytes) {
  const auto count = take(bytes);
  if (count && *count != 0) release(*count);
  return count;
}

void RingReader::release(std::size_t count) {
  index_.release(count);
  half_.header().consumed_by_device.store(index_.released(), std::memory_order_release);
}

bool RingReader::should_wake_writer() const { return index_.should_wake(); }
void RingReader::prepare_sleep() const { index_.prepare_sleep(); }
void RingReader::awake() const { index_.awake(); }
std::uint32_t RingReader::mode() const { return half_.header().mode.load(std::memory_order_acquire); }

std::expected<ByteChannel, RingError> ByteChannel::attach(std::span<std::byte> region, unsigned side, std::uint64_t protocol) {
  if (side > 1) return std::unexpected(RingError::bad_region);
  const std::size_t half_bytes = region.size() / 2 & ~std::size_t{127};
  const auto first = detail::Half::of(region.first(half_bytes));
  const auto second = detail::Half::of(region.subspan(half_bytes, half_bytes));
  if (!first || !second) return std::unexpected(RingError::bad_region);
  return side == 0 ? ByteChannel(*first, *second, protocol) : ByteChannel(*second, *first, protocol);
}

}  // namespace tessera::ring
