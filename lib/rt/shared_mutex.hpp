// SPDX-License-Identifier: Apache-2.0
// A Mutex that several threads may share. After it was shared many times it is biased towards
// sharing: who shares it then marks a place of its own processor instead of counting in one word
// that all processors write to, and writes to nothing that another one does. Who takes it alone
// ends that, and waits until all places are free; so it pays for what many sharers saved.
// (Dice, Kogan: "BRAVO - Biased Locking for Reader-Writer Locks", USENIX ATC 2019; there the
// places are hashed from threads, and time decides when there is bias again.)
//
// Who would share it waits behind those who sleep for it, unless it is biased.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "lib/rt/mutex.hpp"

namespace tessera::rt {

class TESSERA_CAPABILITY("mutex") SharedMutex : Mutex {
 public:
  constexpr SharedMutex() = default;

  [[gnu::always_inline]] void lock() ACQUIRE() {
    std::uint32_t expected = 0;
    if (!state_.compare_exchange_strong(expected, kAlone, std::memory_order_acquire, std::memory_order_relaxed)) [[unlikely]]
      lock_alone(true);
  }
  // As Mutex::lock_at_leisure.
  void lock_at_leisure() ACQUIRE() { lock_alone(false); }
  [[gnu::always_inline]] void unlock() RELEASE() {
    if (state_.exchange(0, std::memory_order_acq_rel) != kAlone) [[unlikely]] wake();
  }

  // Where one who shares it is marked: null, as one of those who are counted.
  enum class Use : std::uint8_t { free, shared, awaited };  // awaited: shared, and someone sleeps until it is free
  struct alignas(64) Place {
    std::atomic<Use> use{Use::free};
    std::atomic<std::uint32_t> counted{0};  // how often someone here shared it as one of those
  };
  // `processor`: where the caller runs, most likely. What it answers goes to unlock_shared.
  [[nodiscard, gnu::always_inline]] Place* lock_shared(std::uint8_t processor) ACQUIRE_SHARED() {
    Place& place = places_[processor % kPlaces];
    if ((state_.load(std::memory_order_relaxed) & kBiased) != 0) [[likely]] {
      Use expected = Use::free;
      // Either this sees that there is no bias any more, or who ended it sees the place taken:
      // both write first and then read, in the one order of all these (seq_cst).
      if (place.use.compare_exchange_strong(expected, Use::shared, std::memory_order_seq_cst, std::memory_order_relaxed)) [[likely]] {
        if ((state_.load(std::memory_order_seq_cst) & kBiased) != 0) [[likely]] return &place;
        leave(place);
      }
    }
    lock_counted(place);
    return nullptr;
  }
  [[gnu::always_inline]] void unlock_shared(Place* place) RELEASE_SHARED() {
    if (place != nullptr) [[likely]] leave(*place);
    else unlock_counted();
  }

  using Mutex::waited_ns;
  using Mutex::waits;

 private:
  static constexpr std::uint32_t kBiased = 1u << 29;
  static constexpr unsigned kPlaces = 64;
  static constexpr std::uint32_t kCountedUntilBiased = 64;  // some times what looking at all places costs

  bool take_alone(std::uint32_t mark);
  bool take_shared(std::uint32_t mark);
  void lock_alone(bool spins);
  void lock_counted(Place& own);
  void unlock_counted();
  [[gnu::always_inline]] void leave(Place& place) {
    if (place.use.exchange(Use::free, std::memory_order_acq_rel) == Use::awaited) [[unlikely]] wake_awaiting();
  }
  void await_sharers(bool spins);
  void await(Place& place, bool spins);
  void wake_awaiting();

  bool ended_bias_ = false;  // by who has it alone, and looks at the places now
  LazyNotification place_free_;
  std::array<Place, kPlaces> places_{};
};

}  // namespace tessera::rt
