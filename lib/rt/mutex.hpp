// SPDX-License-Identifier: Apache-2.0
// A lock for the threads of one component: one holds it alone, or several share it.
// Free or taken without waiters, it costs one atomic instruction and no system call.
// Who has to wait spins for a moment, where there are several cores, then sleeps on the
// lock's notification, which is made the first time anyone does.
//
// Not fair in the strict sense: a running thread may take a lock that was just
// freed before the woken waiter does; the nucleus wakes waiters in order. Who would
// share it waits behind those who sleep. Not recursive.
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
  ~Mutex() = default;  // the notification, if any, stays for the component's life, but for:
  // Its owner ends before the component does, and nobody uses it any more: gives the notification back.
  void retire();

  [[gnu::always_inline]] void lock() ACQUIRE() {
    std::uint32_t expected = 0;
    if (!state_.compare_exchange_strong(expected, kAlone, std::memory_order_acquire, std::memory_order_relaxed)) [[unlikely]]
      lock_slowly(&Mutex::take);
  }
  // Without a moment's spinning: for a thread that is more urgent than those who have the
  // lock, which on its own core would not run meanwhile.
  void lock_at_leisure() ACQUIRE() {
    if (!take(0)) lock_slowly(&Mutex::take, false);
  }
  [[nodiscard]] bool try_lock() TRY_ACQUIRE(true) { return take(0); }
  [[gnu::always_inline]] void unlock() RELEASE() {
    if (state_.exchange(0, std::memory_order_acq_rel) != kAlone) [[unlikely]] wake();
  }

  void lock_shared() ACQUIRE_SHARED() {
    if (!take_shared(0)) [[unlikely]] lock_slowly(&Mutex::take_shared);
  }
  void unlock_shared() RELEASE_SHARED() {
    if (state_.fetch_sub(1, std::memory_order_acq_rel) == (kAwaited | 1)) [[unlikely]] wake_last();
  }

  // Some thread sleeps for it: whoever holds the lock for long may give it up in between.
  [[nodiscard]] bool contended() const { return (state_.load(std::memory_order_relaxed) & kAwaited) != 0; }
  // One thread has it and shares it with nobody. Certain for who holds it; who reads false
  // sees what those did who had it.
  [[nodiscard]] bool held_alone() const { return (state_.load(std::memory_order_acquire) & kAlone) != 0; }
  // How often someone had to wait for it longer than for a glance, and for how long all together.
  [[nodiscard]] std::uint64_t waits() const { return waits_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t waited_ns() const { return waited_ns_.load(std::memory_order_relaxed); }

 private:
  // The number of those who share it, with these.
  static constexpr std::uint32_t kAlone = 1u << 31, kAwaited = 1u << 30;
  // `mark`: kAwaited when others may sleep, which the new holder is to wake; else 0.
  bool take(std::uint32_t mark);
  bool take_shared(std::uint32_t mark);
  bool glance(bool (Mutex::*take)(std::uint32_t));
  bool spin(bool (Mutex::*take)(std::uint32_t));
  void lock_slowly(bool (Mutex::*take)(std::uint32_t), bool spins = true);
  void sleep_for(bool (Mutex::*take)(std::uint32_t));
  void wake();
  void wake_last();
  std::uint64_t notification();  // made when there is none yet; 0 without memory for it

  std::atomic<std::uint32_t> state_{0};
  std::atomic<std::uint64_t> notification_{0};
  alignas(64) std::atomic<std::uint64_t> waits_{0};
  std::atomic<std::uint64_t> waited_ns_{0};
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
