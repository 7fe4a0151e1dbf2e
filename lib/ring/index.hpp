// SPDX-License-Identifier: Apache-2.0
// The two indices of a ring with a single producer and a single consumer, and the handshake by
// which either side sleeps: what the byte ring and the queue have in common.
//
// An index runs freely from 0, belongs to one side and is kept there privately too: the words in
// shared memory are for the other side to read, and this side never reads its own again. Of the
// peer one word is read, once an operation. It may only move on, and only as far as this side's
// own index allows: anything else is bad_peer, nothing is done, and what was known before stays.
//
// Sleeping is a store-buffering race: a side says that it sleeps and then looks at the other's
// index, the other moves its index and then looks whether somebody sleeps. Each has a
// sequentially consistent fence in between, so at least one of them sees the other
// (model/protocols/queue.pml; README.md has the argument).
//
// Not responsible for what lies in the ring, for waiting, nor for notifying.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <expected>

namespace tessera::ring {

enum class RingError : std::uint8_t {
  bad_region,      // too small or misaligned
  bad_peer,        // the other side does not keep the rules
  wrong_protocol,  // the other side of a channel speaks another one, or another version
};

// What one side tells the other. Each side's lies on a line of its own.
struct IndexWords {
  std::atomic<std::uint64_t> value;
  std::atomic<std::uint32_t> sleeping;
};
static_assert(std::atomic<std::uint64_t>::is_always_lock_free);
// Twice 64: processors fetch neighbours in pairs.
inline constexpr std::size_t kLine = 128;

// Either side's half of the handshake.
class IndexEnd {
 public:
  // Before sleeping: then look at the peer's index once more, and only then wait.
  void prepare_sleep() const {
    own_->sleeping.store(1, std::memory_order_relaxed);
    std::atomic_thread_fence(std::memory_order_seq_cst);
  }
  void awake() const { own_->sleeping.store(0, std::memory_order_relaxed); }

  // After the own index moved: the peer sleeps and must be notified. Takes the request away.
  [[nodiscard]] bool should_wake() const {
    std::atomic_thread_fence(std::memory_order_seq_cst);
    if (peer_->sleeping.load(std::memory_order_relaxed) == 0) return false;
    return peer_->sleeping.exchange(0, std::memory_order_relaxed) != 0;
  }

  [[nodiscard]] std::uint64_t capacity() const { return capacity_; }

 protected:
  IndexEnd(IndexWords& own, IndexWords& peer, std::uint64_t capacity) : own_(&own), peer_(&peer), capacity_(capacity) {}

  void show(std::uint64_t index) const { own_->value.store(index, std::memory_order_release); }
  [[nodiscard]] std::uint64_t look() const { return peer_->value.load(std::memory_order_acquire); }

 private:
  IndexWords* own_;
  IndexWords* peer_;
  std::uint64_t capacity_;
};

class ProducerIndex : public IndexEnd {
 public:
  // `start`: where the own index stands.
  ProducerIndex(IndexWords& own, IndexWords& peer, std::uint64_t capacity, std::uint64_t start)
      : IndexEnd(own, peer, capacity), tail_(start), next_(start), known_head_(start - capacity) {}

  // Free places, now.
  [[nodiscard]] std::expected<std::uint64_t, RingError> room() const {
    const std::uint64_t head = look();
    if (head - known_head_ > tail_ - known_head_) return std::unexpected(RingError::bad_peer);
    known_head_ = head;
    return known_room();
  }
  // The same, but without looking at the peer where `wanted` are known to be free.
  [[nodiscard]] std::expected<std::uint64_t, RingError> room(std::uint64_t wanted) const {
    if (known_room() >= wanted) return known_room();
    return room();
  }

  // The place to fill next.
  [[nodiscard]] std::uint64_t next() const { return next_; }
  // `count` places are filled, at most as many as there was room; publish() shows them to the peer.
  void advance(std::uint64_t count) { next_ += count; }
  // False: there was nothing new.
  bool publish() {
    if (tail_ == next_) return false;
    tail_ = next_;
    show(tail_);
    return true;
  }
  [[nodiscard]] std::uint64_t published() const { return tail_; }

 private:
  [[nodiscard]] std::uint64_t known_room() const { return capacity() - (next_ - known_head_); }

  std::uint64_t tail_;                // published
  std::uint64_t next_;                // filled up to here
  mutable std::uint64_t known_head_;  // the peer's, as last seen; at first the least it can be
};

class ConsumerIndex : public IndexEnd {
 public:
  ConsumerIndex(IndexWords& own, IndexWords& peer, std::uint64_t capacity, std::uint64_t start)
      : IndexEnd(own, peer, capacity), head_(start), next_(start), known_tail_(start) {}

  // Filled places that were not taken, now.
  [[nodiscard]] std::expected<std::uint64_t, RingError> there() const {
    const std::uint64_t tail = look();
    if (tail - known_tail_ > head_ + capacity() - known_tail_) return std::unexpected(RingError::bad_peer);
    known_tail_ = tail;
    return known();
  }
  // The same, but without looking at the peer where `wanted` are known to be there.
  [[nodiscard]] std::expected<std::uint64_t, RingError> there(std::uint64_t wanted) const {
    if (known() >= wanted) return known();
    return there();
  }
  [[nodiscard]] std::uint64_t known() const { return known_tail_ - next_; }

  // The place to take next.
  [[nodiscard]] std::uint64_t next() const { return next_; }
  // `count` places are taken, at most as many as there were; release() lets the peer fill them again.
  void advance(std::uint64_t count) { next_ += count; }
  // The oldest `count` of those that were taken.
  void release(std::uint64_t count) {
    if (count == 0 || head_ == next_) return;
    head_ += std::min(count, next_ - head_);
    show(head_);
  }
  void release() { release(next_ - head_); }
  [[nodiscard]] std::uint64_t released() const { return head_; }

 private:
  std::uint64_t head_;                // released
  std::uint64_t next_;                // taken up to here
  mutable std::uint64_t known_tail_;  // the peer's, as last seen
};

}  // namespace tessera::ring
