// SPDX-License-Identifier: Apache-2.0
// A channel between a client and a server in one region of shared memory: a queue of submissions, a
// queue of completions, and a pool of buffers that submissions point into. What both ends have in
// common; the ends are channel_client.hpp and channel_server.hpp.
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
#include <span>

#include "lib/ring/queue.hpp"

namespace tessera::ring {

// A part of the pool.
struct Buffer {
  std::uint32_t offset = 0;
  std::uint32_t bytes = 0;
};

// What lies in the queues. Operation, flags, arguments, status and results are the protocol's.
struct Submission {
  std::uint32_t id = 0;     // comes back in the completion
  std::uint32_t epoch = 0;  // of the session
  std::uint16_t operation = 0;
  std::uint16_t flags = 0;
  Buffer buffer{};
  std::uint32_t zero = 0;
  std::array<std::uint64_t, 5> arguments{};
};
static_assert(sizeof(Submission) == 64);

struct Completion {
  std::uint32_t id = 0;
  std::uint32_t epoch = 0;
  std::uint32_t status = 0;
  std::uint32_t bytes = 0;  // of the buffer that the server wrote or read, at most all
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

// The part of a pool that a buffer means; none: it does not lie in the pool.
[[nodiscard]] inline std::optional<std::span<std::byte>> part_of(std::span<std::byte> pool, Buffer buffer) {
  if (buffer.offset > pool.size() || buffer.bytes > pool.size() - buffer.offset) return std::nullopt;
  return pool.subspan(buffer.offset, buffer.bytes);
}

}  // namespace tessera::ring
