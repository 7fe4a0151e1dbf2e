// SPDX-License-Identifier: Apache-2.0
// The nucleus' spin lock, with clang's thread-safety annotations, and the order
// in which locks may be taken.
//
// Order (outermost first): object_lock, then the lock of a core's scheduler.
// The fast paths of call, reply_wait and guest_run take neither: they touch only
// threads, endpoints and replies whose home is the running core.
#pragma once

#include <atomic>
#include <cstdint>

#define CAPABILITY(x) __attribute__((capability(x)))
#define GUARDED_BY(x) __attribute__((guarded_by(x)))
#define REQUIRES(...) __attribute__((requires_capability(__VA_ARGS__)))
#define ACQUIRE(...) __attribute__((acquire_capability(__VA_ARGS__)))
#define RELEASE(...) __attribute__((release_capability(__VA_ARGS__)))
#define NO_LOCK_ANALYSIS __attribute__((no_thread_safety_analysis))
#define SCOPED_CAPABILITY __attribute__((scoped_lockable))

namespace tessera::nucleus {

// Interrupts are always off in the nucleus, so a lock is never taken twice by a core.
class CAPABILITY("lock") Lock {
 public:
  constexpr Lock() = default;
  void acquire() ACQUIRE() {
    while (held_.exchange(true, std::memory_order_acquire)) {
      while (held_.load(std::memory_order_relaxed)) {}
    }
  }
  void release() RELEASE() { held_.store(false, std::memory_order_release); }

 private:
  std::atomic<bool> held_{false};
};

class SCOPED_CAPABILITY Holding {
 public:
  explicit Holding(Lock& lock) ACQUIRE(lock) : lock_(lock) { lock_.acquire(); }
  ~Holding() RELEASE() { lock_.release(); }
  Holding(const Holding&) = delete;
  Holding& operator=(const Holding&) = delete;

 private:
  Lock& lock_;
};

// Guards capability tables, the derivation tree and all objects' slow paths.
extern Lock object_lock;

}  // namespace tessera::nucleus
