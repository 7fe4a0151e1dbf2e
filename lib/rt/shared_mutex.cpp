// SPDX-License-Identifier: Apache-2.0
#include "lib/rt/shared_mutex.hpp"

namespace tessera::rt {

bool SharedMutex::take_alone(std::uint32_t mark) {
  std::uint32_t state = state_.load(std::memory_order_relaxed);
  while ((state & (kAlone | kSharers)) == 0) {
    const std::uint32_t taken = (state & ~kBiased) | kAlone | mark;
    if (!state_.compare_exchange_weak(state, taken, std::memory_order_seq_cst, std::memory_order_relaxed)) continue;
    ended_bias_ = (state & kBiased) != 0;
    return true;
  }
  return false;
}

bool SharedMutex::take_shared(std::uint32_t mark) {
  std::uint32_t state = state_.load(std::memory_order_relaxed);
  // Those who sleep come first; one of them, woken, is not one of those.
  while ((state & kAlone) == 0 && ((state & kAwaited) == 0 || mark != 0)) {
    if (state_.compare_exchange_weak(state, (state + 1) | mark, std::memory_order_acquire, std::memory_order_relaxed)) return true;
  }
  return false;
}

void SharedMutex::lock_alone(bool spins) {
  if (!take_alone(0)) lock_slowly(static_cast<Take>(&SharedMutex::take_alone), spins);
  if (ended_bias_) await_sharers(spins);
}

void SharedMutex::await_sharers(bool spins) {
  ended_bias_ = false;
  for (Place& place : places_)
    if (place.use.load(std::memory_order_seq_cst) != Use::free) [[unlikely]] await(place, spins);
}

void SharedMutex::lock_counted(Place& own) {
  if (!take_shared(0)) [[unlikely]] lock_slowly(static_cast<Take>(&SharedMutex::take_shared));
  // Two threads of a processor may do this at once: that may be lost.
  const std::uint32_t counted = own.counted.load(std::memory_order_relaxed) + 1;
  own.counted.store(counted % kCountedUntilBiased, std::memory_order_relaxed);
  if (counted == kCountedUntilBiased) state_.fetch_or(kBiased, std::memory_order_acq_rel);
}

void SharedMutex::unlock_counted() {
  std::uint32_t state = state_.fetch_sub(1, std::memory_order_acq_rel) - 1;
  // The last of those who are counted has left, and someone sleeps.
  if ((state & (kAlone | kSharers | kAwaited)) != kAwaited) [[likely]] return;
  if (state_.compare_exchange_strong(state, state & ~kAwaited, std::memory_order_acq_rel, std::memory_order_relaxed)) wake();
}

}  // namespace tessera::rt
