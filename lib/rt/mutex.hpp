// SPDX-License-Identifier: Apache-2.0
// A lock for the threads of one component. Free or taken without waiters, it costs one
// atomic instruction and no system call. Who has to wait spins for a moment, where there are
// several cores, then sleeps on the lock's notification, which is made the first time anyone
// does. One that several may share: shared_mutex.hpp.
//
// Not fair in the strict sense: a running thread may take a lock that was just
// freed before the woken waiter does; the nucleus wakes waiters in order. Not recursive.
#pragma once

#include <atomic>
#include <cstdint>

#include "lib/rt/thread_annotations.hpp"

namespace tessera::rt {

// A notification that is made the first time anyone sleeps on it. It stays for the component's life if it is not retired.
class LazyNotification {
 public:
  std::uint64_t made();  // 0 without memory for it
  [[nodiscard]] std::uint64_t if_made() const { return handle_.load(std::memory_order_acquire); }
  void retire();

 private:
  std::atomic<std::uint64_t> handle_{0};
};

class TESSERA_CAPABILITY("mutex") Mutex {
 public:
  constexpr Mutex() = default;
  Mutex(const Mutex&) = delete;
  Mutex& operator=(const Mutex&) = delete;
  ~Mutex() = default;
  // Its owner ends before the component does, and nobody uses it any more: gives the notification back.
  void retire() { notification_.retire(); }

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

  // A thread has it. Certain for who holds it; who reads false sees what those did who had it.
  [[nodiscard]] bool held() const { return (state_.load(std::memory_order_acquire) & kAlone) != 0; }
  // How often someone had to wait for it longer than for a glance, and for how long all together.
  [[nodiscard]] std::uint64_t waits() const { return waits_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t waited_ns() const { return waited_ns_.load(std::memory_order_relaxed); }

 protected:
  static constexpr std::uint32_t kAlone = 1u << 31, kAwaited = 1u << 30;
  static constexpr std::uint32_t kSharers = (1u << 29) - 1;  // how many share it (SharedMutex, which has bit 29 too)
  // `mark`: kAwaited when others may sleep, which the new holder is to wake; else 0.
  using Take = bool (Mutex::*)(std::uint32_t mark);

  void lock_slowly(Take take, bool spins = true);
  void wake();

  std::atomic<std::uint32_t> state_{0};

 private:
  bool take(std::uint32_t mark);
  bool glance(Take take);
  bool spin(Take take);
  void sleep_for(Take take);

  LazyNotification notification_;
  alignas(64) std::atomic<std::uint64_t> waits_{0};
  std::atomic<std::uint64_t> waited_ns_{0};
};

template <typename Lock = Mutex>
class TESSERA_SCOPED_CAPABILITY LockGuard {
 public:
  [[gnu::always_inline]] explicit LockGuard(Lock& mutex) ACQUIRE(mutex) : mutex_(mutex) { mutex_.lock(); }
  [[gnu::always_inline]] ~LockGuard() RELEASE() { mutex_.unlock(); }
  LockGuard(const LockGuard&) = delete;
  LockGuard& operator=(const LockGuard&) = delete;

 private:
  Lock& mutex_;
};

}  // namespace tessera::rt
