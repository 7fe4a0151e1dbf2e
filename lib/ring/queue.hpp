// SPDX-License-Identifier: Apache-2.0
// A queue of entries of one size in shared memory: one producer, one consumer, a power of two of
// places. Batches: fill a stretch of free places and publish once; look at a stretch of entries and
// give their places back once. Whoever publishes asks should_wake() once a batch, and notifies.
//
// The peer is not trusted (index.hpp, shared.hpp). Entries may say anything: load() one, then
// check the copy.
//
// Layout: a header of 256 bytes, then the entries.
#pragma once

#include <bit>
#include <optional>

#include "lib/ring/index.hpp"
#include "lib/ring/shared.hpp"

namespace tessera::ring {

struct QueueHeader {
  // The producer's.
  alignas(kLine) IndexWords tail;
  std::atomic<std::uint32_t> incarnation;  // of a channel's end (session.hpp)
  std::atomic<std::uint32_t> agreed;
  std::atomic<std::uint64_t> protocol;  // its hash
  // The consumer's.
  alignas(kLine) IndexWords head;
};
static_assert(sizeof(QueueHeader) == 2 * kLine);

// Where a queue lies, as this side computed it.
template <Entry T>
class Queue {
 public:
  static constexpr std::uint64_t kMostEntries = std::uint64_t{1} << 24;

  // Bytes that a queue of so many entries takes, a multiple of the alignment.
  [[nodiscard]] static constexpr std::size_t bytes_for(std::uint64_t entries) {
    return sizeof(QueueHeader) + (entries * sizeof(T) + kLine - 1) / kLine * kLine;
  }
  // bad_region: `entries` is no power of two, or `memory` is smaller than that, or not aligned to kLine.
  [[nodiscard]] static std::expected<Queue, RingError> over(std::span<std::byte> memory, std::uint64_t entries) {
    if (!std::has_single_bit(entries) || entries > kMostEntries || memory.size() < bytes_for(entries) ||
        reinterpret_cast<std::uintptr_t>(memory.data()) % kLine != 0)
      return std::unexpected(RingError::bad_region);
    Queue result;
    // Zeroed or used before: either is a header.
    result.header_ = reinterpret_cast<QueueHeader*>(&memory.front());
    result.entries_ = shared_in<T>(memory.subspan(sizeof(QueueHeader)), entries);
    return result;
  }

  [[nodiscard]] QueueHeader& header() const { return *header_; }
  [[nodiscard]] std::uint64_t capacity() const { return entries_.size(); }
  // At most `count` places from `index` on that lie side by side.
  [[nodiscard]] std::span<Shared<T>> stretch(std::uint64_t index, std::uint64_t count) const {
    const std::uint64_t at = index & (capacity() - 1);
    return entries_.subspan(at, std::min(count, capacity() - at));
  }
  [[nodiscard]] Shared<T>& place(std::uint64_t index) const { return entries_[index & (capacity() - 1)]; }

 private:
  QueueHeader* header_ = nullptr;
  std::span<Shared<T>> entries_;
};

// The end that entries go into. After a restart of this side alone `start` is where the header stands.
template <Entry T>
class Sender {
 public:
  explicit Sender(const Queue<T>& queue, std::uint64_t start = 0)
      : queue_(queue), index_(queue.header().tail, queue.header().head, queue.capacity(), start) {}

  // Free places, at least `wanted` of them if there are so many.
  [[nodiscard]] std::expected<std::uint64_t, RingError> room(std::uint64_t wanted = 1) const { return index_.room(wanted); }
  // Free places that lie side by side, at most `count`: fewer than there is room for where the ring ends.
  [[nodiscard]] std::expected<std::span<Shared<T>>, RingError> reserve(std::uint64_t count) const {
    const auto free = room(count);
    if (!free) return std::unexpected(free.error());
    return queue_.stretch(index_.next(), std::min(count, *free));
  }
  // The first `count` of those places are filled. The peer does not see them before publish().
  void filled(std::uint64_t count) { index_.advance(count); }
  // One entry; false: there is no room.
  [[nodiscard]] std::expected<bool, RingError> put(const T& entry) {
    const auto free = room();
    if (!free) return std::unexpected(free.error());
    if (*free == 0) return false;
    queue_.place(index_.next()).store(entry);
    index_.advance(1);
    return true;
  }
  // False: the peer has seen it all already.
  bool publish() { return index_.publish(); }

  // After publish(), once a batch: the receiver sleeps and must be notified. Takes the request away.
  [[nodiscard]] bool should_wake() const { return index_.should_wake(); }
  // Before sleeping until there is room: then ask fresh_room(), and only then wait.
  void prepare_sleep() const { index_.prepare_sleep(); }
  [[nodiscard]] std::expected<std::uint64_t, RingError> fresh_room() const { return index_.room(); }
  void awake() const { index_.awake(); }

 private:
  Queue<T> queue_;
  ProducerIndex index_;
};

// The end that entries come out of.
template <Entry T>
class Receiver {
 public:
  explicit Receiver(const Queue<T>& queue, std::uint64_t start = 0)
      : queue_(queue), index_(queue.header().head, queue.header().tail, queue.capacity(), start) {}

  // Entries that were not taken, at least `wanted` of them if there are so many.
  [[nodiscard]] std::expected<std::uint64_t, RingError> there(std::uint64_t wanted = 1) const { return index_.there(wanted); }
  // Of those, how many were seen already.
  [[nodiscard]] std::uint64_t known() const { return index_.known(); }
  // Entries that lie side by side, at most `count`: fewer than there are where the ring ends.
  [[nodiscard]] std::expected<std::span<const Shared<T>>, RingError> peek(std::uint64_t count) const {
    const auto some = there(count);
    if (!some) return std::unexpected(some.error());
    return queue_.stretch(index_.next(), std::min(count, *some));
  }
  // The first `count` of those are taken. Their places are the receiver's until release().
  void taken(std::uint64_t count) { index_.advance(count); }
  // One entry, a copy; none: there is none.
  [[nodiscard]] std::expected<std::optional<T>, RingError> take() {
    const auto some = there();
    if (!some) return std::unexpected(some.error());
    if (*some == 0) return std::nullopt;
    const T entry = queue_.place(index_.next()).load();
    index_.advance(1);
    return entry;
  }
  // The places of all that was taken are free.
  void release() { index_.release(); }

  // After release(), once a batch: the sender sleeps and must be notified. Takes the request away.
  [[nodiscard]] bool should_wake() const { return index_.should_wake(); }
  // Before sleeping until there is something: then ask fresh(), and only then wait.
  void prepare_sleep() const { index_.prepare_sleep(); }
  [[nodiscard]] std::expected<std::uint64_t, RingError> fresh() const { return index_.there(); }
  void awake() const { index_.awake(); }

 private:
  Queue<T> queue_;
  ConsumerIndex index_;
};

}  // namespace tessera::ring
