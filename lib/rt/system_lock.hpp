// SPDX-License-Identifier: Apache-2.0
// The lock below Mutex: guards what Mutex itself needs (slots and Untyped memory),
// for a few instructions and system calls at a time. Needs no object: a waiter
// yields, then sleeps briefly, so that a holder of lower priority gets on.
#pragma once

#include <atomic>

#include "lib/rt/clock.hpp"
#include "lib/rt/system_call.hpp"
#include "lib/rt/thread_annotations.hpp"

namespace tessera::rt {

class TESSERA_CAPABILITY("mutex") SystemLock {
 public:
  constexpr SystemLock() = default;
  SystemLock(const SystemLock&) = delete;
  SystemLock& operator=(const SystemLock&) = delete;
  ~SystemLock() = default;

  void lock() ACQUIRE() {
    for (unsigned tries = 0; taken_.exchange(true, std::memory_order_acquire); ++tries) {
      if (tries < kYields) yield();
      else sleep_until(now_ns() + kSleepNs);
    }
  }
  void unlock() RELEASE() { taken_.store(false, std::memory_order_release); }

 private:
  static constexpr unsigned kYields = 8;
  static constexpr std::uint64_t kSleepNs = 20'000;
  std::atomic<bool> taken_{false};
};

class TESSERA_SCOPED_CAPABILITY SystemGuard {
 public:
  explicit SystemGuard(SystemLock& lock) ACQUIRE(lock) : lock_(lock) { lock_.lock(); }
  ~SystemGuard() RELEASE() { lock_.unlock(); }
  SystemGuard(const SystemGuard&) = delete;
  SystemGuard& operator=(const SystemGuard&) = delete;

 private:
  SystemLock& lock_;
};

}  // namespace tessera::rt
