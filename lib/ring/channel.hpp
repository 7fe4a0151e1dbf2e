// SPDX-License-Identifier: Apache-2.0
// A channel between a client and a server in one region of shared memory: a queue of submissions, a
// queue of completions, and a pool of buffers that submissions point into. What both ends have in
// common; the ends are channel_client.hpp and channel_server.hpp.
//
// Data may lie outside of the channel, too: in shared pools, memory that several components have, so
// that it goes from a device to who wants it without a copy, while each channel's own pool stays private
// to its two ends. Both ends name the same shared pools in the same order.
//
// Layout, computed by each end from the region's size and the number of entries and never read from
// the region: the submissions' queue, the completions' queue, then the pool: whole pages, up to the
// region's end.
//
// A client has at most `entries` requests that were not answered, so neither queue is ever full and
// nobody waits for room: whoever finds one full, or gets more, has met a peer that breaks the rules.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "lib/ring/bounded_list.hpp"
#include "lib/ring/queue.hpp"

namespace tessera::ring {

enum class Form : std::uint16_t {
  direct = 0,  // the buffer is the data
  pieces = 1,  // the buffer holds an array of Piece, which are the data, in order
};

// What a request points to: a part of a pool.
struct Buffer {
  std::uint32_t offset = 0;
  std::uint32_t bytes = 0;
  std::uint16_t pool = 0;  // 0: the channel's own; from 1 on the shared ones
  Form form = Form::direct;
};

// An element of the list that a buffer of form `pieces` holds.
struct Piece {
  std::uint32_t pool = 0;
  std::uint32_t offset = 0;
  std::uint32_t bytes = 0;
  std::uint32_t zero = 0;
  bool operator==(const Piece&) const = default;
};
inline constexpr std::size_t kMostPieces = 64;

// What lies in the queues. Operation, flags, arguments, status and results are the protocol's.
struct Submission {
  std::uint32_t id = 0;     // comes back in the completion
  std::uint32_t epoch = 0;  // of the session
  std::uint16_t operation = 0;
  std::uint16_t flags = 0;
  Buffer buffer{};
  std::array<std::uint64_t, 5> arguments{};
};
static_assert(sizeof(Submission) == 64);

struct Completion {
  std::uint32_t id = 0;
  std::uint32_t epoch = 0;
  std::uint32_t status = 0;
  std::uint32_t bytes = 0;  // of the data that the server wrote or read, at most all
  std::array<std::uint64_t, 2> results{};
};
static_assert(sizeof(Completion) == 32);

struct ChannelLayout {
  static constexpr std::uint32_t kMostEntries = 32768;
  static constexpr std::size_t kPage = 4096;

  Queue<Submission> submissions;
  Queue<Completion> completions;
  std::span<std::byte> pool;

  // bad_region: `entries` is no power of two up to kMostEntries, or the region is not aligned to a
  // page, or too small for the queues. There may be no pool; of a region above 4 GiB the rest is not used.
  [[nodiscard]] static std::expected<ChannelLayout, RingError> of(std::span<std::byte> region, std::uint32_t entries);
};

// The memory that requests may point to: a channel's own pool, and the shared ones.
class Pools {
 public:
  static constexpr std::size_t kMostShared = 15;

  // bad_region: more shared pools than that, or one that is not aligned to a page.
  [[nodiscard]] static std::expected<Pools, RingError> of(std::span<std::byte> own, std::span<const std::span<std::byte>> shared);

  [[nodiscard]] std::span<std::byte> own() const { return pools_.front(); }
  // The memory of a part of a pool; none: there is no such pool, or the part does not lie in it.
  [[nodiscard]] std::optional<std::span<std::byte>> part(std::uint32_t pool, std::uint32_t offset, std::uint32_t bytes) const;
  [[nodiscard]] std::optional<std::span<std::byte>> part(const Buffer& buffer) const {
    return part(buffer.pool, buffer.offset, buffer.bytes);
  }
  [[nodiscard]] std::optional<std::span<std::byte>> part(const Piece& piece) const {
    return part(piece.pool, piece.offset, piece.bytes);
  }
  // Which part this memory is: what part() gives it back for. None: it lies in no pool, or not in one alone.
  [[nodiscard]] std::optional<Piece> piece_of(std::span<const std::byte> memory) const;

 private:
  std::array<std::span<std::byte>, 1 + kMostShared> pools_{};
  std::size_t count_ = 1;
};

// The data of a request, checked: a private copy of where its pieces are. The memory itself may change
// at any time.
class PieceList {
 public:
  [[nodiscard]] std::span<const Piece> pieces() const { return pieces_.all(); }
  [[nodiscard]] std::uint32_t bytes() const { return bytes_; }  // of all

  // What `buffer` means: itself, or the list in it, read once. False: it is no list of at most kMostPieces,
  // or one of its pieces lies outside of the pools, or they have 4 GiB or more.
  [[nodiscard]] bool read(const Pools& pools, const Buffer& buffer);

 private:
  [[nodiscard]] bool add(const Pools& pools, const Piece& piece);

  BoundedList<Piece, kMostPieces> pieces_;
  std::uint32_t bytes_ = 0;
};

}  // namespace tessera::ring
