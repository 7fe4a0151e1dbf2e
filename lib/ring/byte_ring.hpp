// SPDX-License-Identifier: Apache-2.0
// A channel of bytes between two components in shared memory: one ring each way,
// each with a single producer and a single consumer.
//
// Both ends name their protocol (abi/protocols) when they attach. Bytes of one that speaks another are not read: wrong_protocol.
//
// The peer is not trusted. Capacity and addresses are computed here and never read
// from the region; an index of the peer that makes no sense is bad_peer, and nothing
// is done (index.hpp). The bytes themselves may be anything.
//
// Layout of a region: side 0's out ring, then side 1's, each half of the region:
// a header of 256 bytes (RingHeader), then the largest power of two of bytes that
// fits. Indices run freely from 0.
//
// Waking: a side that wants to sleep says so (prepare_*), looks once more, and only
// then waits on its notification; after an operation the other asks should_wake_*
// and notifies. Waiting and notifying are the caller's.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <span>

#include "lib/ring/index.hpp"

namespace tessera::ring {

struct RingHeader {
  // The producer's.
  alignas(kLine) IndexWords tail;                     // bytes ever written
  std::atomic<std::uint32_t> mode;                    // what the producer says of its bytes: the protocol's
  std::atomic<std::uint64_t> protocol;                // the producer's hash; written before its first byte
  // The consumer's.
  alignas(kLine) IndexWords head;                     // bytes ever taken out: their room is free
  std::atomic<std::uint64_t> consumed_by_device;      // of those, how many the device took
};
static_assert(sizeof(RingHeader) == 256);

namespace detail {

// One half of a region, seen from either side.
class Half {
 public:
  [[nodiscard]] static std::expected<Half, RingError> of(std::span<std::byte> half);
  [[nodiscard]] RingHeader& header() const { return *header_; }
  [[nodiscard]] std::uint64_t capacity() const { return data_.size(); }
  void copy_in(std::uint64_t index, std::span<const std::byte> bytes) const;
  void copy_out(std::uint64_t index, std::span<std::byte> bytes) const;

 private:
  RingHeader* header_ = nullptr;
  std::span<std::byte> data_;  // a power of two
};

}  // namespace detail

// The end of a ring that bytes go into.
class RingWriter {
 public:
  RingWriter(detail::Half half, std::uint64_t protocol);

  // Free bytes.
  [[nodiscard]] std::expected<std::size_t, RingError> writable() const;
  // Copies as much as fits; how much that was.
  [[nodiscard]] std::expected<std::size_t, RingError> write(std::span<const std::byte> bytes);
  // Everything written so far has reached the device.
  [[nodiscard]] bool drained() const;

  // After writing: the reader sleeps and must be notified. Clears the request.
  [[nodiscard]] bool should_wake_reader() const;
  // Before sleeping until there is room or drained() changes: then look again.
  void prepare_sleep() const;
  void awake() const;

  void set_mode(std::uint32_t mode) const;
  [[nodiscard]] std::uint64_t capacity() const { return half_.capacity(); }

 private:
  detail::Half half_;
  ProducerIndex index_;
};

// The end of a ring that bytes come out of.
class RingReader {
 public:
  RingReader(detail::Half half, std::uint64_t protocol);

  // Bytes not yet taken.
  [[nodiscard]] std::expected<std::size_t, RingError> readable() const;
  // Copies as much as there is, and frees it.
  [[nodiscard]] std::expected<std::size_t, RingError> read(std::span<std::byte> bytes);
  // Copies as much as there is, but its room stays taken until release().
  [[nodiscard]] std::expected<std::size_t, RingError> take(std::span<std::byte> bytes);
  // Frees the oldest `count` bytes that were taken; the device has them.
  void release(std::size_t count);

  // After read() or release(): the writer sleeps and must be notified. Clears the request.
  [[nodiscard]] bool should_wake_writer() const;
  // Before sleeping until something is readable: then look again.
  void prepare_sleep() const;
  void awake() const;

  // What the writer says of its bytes; 0 before it says anything.
  [[nodiscard]] std::uint32_t mode() const;

 private:
  detail::Half half_;
  ConsumerIndex index_;
  std::uint64_t protocol_;
};

// One side of a channel. A side that restarts goes on where its header stands:
// bytes it had taken but not released are taken again.
class ByteChannel {
 public:
  // `side`: 0 or 1; `protocol`: its hash. bad_region: less than 8 KiB, or not aligned to 128.
  [[nodiscard]] static std::expected<ByteChannel, RingError> attach(std::span<std::byte> region, unsigned side, std::uint64_t protocol);

  RingWriter out;
  RingReader in;

 private:
  ByteChannel(detail::Half out_half, detail::Half in_half, std::uint64_t protocol) : out(out_half, protocol), in(in_half, protocol) {}
};

}  // namespace tessera::ring
