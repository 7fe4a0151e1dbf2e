// SPDX-License-Identifier: Apache-2.0
// A lock for the threads of one component. Free or taken without waiters, it costs
// one atomic instruction and no system call. A thread that has to wait sleeps on
// the lock's notification, which is made the first time anyone waits.
//
// Not fair in the strict sense: a running thread may take a lock that was just
// freed before the woken waiter does; the nucleus wakes waiters in order. Not
// recursive.
#pragma once

#include <atomic>
#include <cstdint>

#include "lib/rt/thread_annotations.hpp"

namespace tessera::rt {

class TESSERA_CAPABILITY("mutex") Mutex {
 public:
  constexpr Mutex() = default;
  Mutex(const Mutex&) = delete;
  Mutex& operator=(const Mutex&) = delete;
  ~Mutex() = default;  // the notification, if any, stays for the component's life

  [[gnu::always_inline]] void lock() ACQUIRE() {
    std::uint32_t expected = kFree;
    if (!state_.compare_exchange_strong(expected, kTaken, std::memory_order_acquire, std::memory_order_relaxed)) [[unlikely]]
      lock_slowly();
  }
  [[nodiscard]] bool try_lock() TRY_ACQUIRE(true) {
    std::uint32_t expected = kFree;
    return state_.compare_exchange_strong(expected, kTaken, std::memory_order_acquire, std::memory_order_relaxed);
  }
  [[gnu::always_inline]] void unlock() RELEASE() {
    if (state_.exchange(kFree, std::memory_order_acq_rel) == kAwaited) [[unlikely]] wake();
  }
  // Some thread waits: whoever holds the lock for long may give it up in between.
  // How often someone had to wait for it.
  [[nodiscard]] std::uint64_t waits() const { return waits_.load(std::memory_order_relaxed); }
  [[nodiscard]] bool contended() const { return state_.load(std::memory_order_relaxed) == kAwaited; }

 private:
  static constexpr std::uint32_t kFree = 0, kTaken = 1, kAwaited = 2;
  bool spin() NO_THREAD_SAFETY_ANALYSIS;
  void lock_slowly() NO_THREAD_SAFETY_ANALYSIS;
  void wake();
  std::uint64_t notification();  // made when there is none yet; 0 without memory for it

  std::atomic<std::uint32_t> state_{kFree};
  std::atomic<std::uint64_t> notification_{0};
  std::atomic<std::uint64_t> waits_{0};
};

class TESSERA_SCOPED_CAPABILITY LockGuard {
 public:
  [[gnu::always_inline]] explicit LockGuard(Mutex& mutex) ACQUIRE(mutex) : mutex_(mutex) { mutex_.lock(); }
  [[gnu::always_inline]] ~LockGuard() RELEASE() { mutex_.unlock(); }
  LockGuard(const LockGuard&) = delete;
  LockGuard& operator=(const LockGuard&) = delete;

 private:
  Mutex& mutex_;
};

}  // namespace tessera::rt
