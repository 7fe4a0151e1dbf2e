// SPDX-License-Identifier: Apache-2.0
// The nucleus' locks, with clang's thread-safety annotations, and the order in which
// they are taken.
//
// A core's own lock is held by its fast paths (call, reply_wait, guest_run). They change
// what that core alone uses (its queue, its threads, the endpoints that these wait on) and
// read capability tables. Everything else holds object_lock: the lock that the slow paths
// of all cores share, then the own core's, then those of the cores it comes to touch, in
// any order: who waits for a core's lock and has none waits for nobody else. So fast paths
// run beside each other and beside slow paths that leave their cores alone. Who writes to
// slots, endpoints or Replies holds the locks of all cores (reach_all).
//
// Calls that change nothing but page tables (map, unmap, protect, copy_range) run beside
// all of these too: they hold the own core's lock and, innermost, those of the spaces
// (AddressSpace::tables), whose holders wait for nothing. Who changes tables otherwise
// holds the locks of all cores. Beside others no core can be halted: what another may
// have cached is found out afterwards, and then the call is finished under object_lock.
//
// Who spins has saved its thread's registers and serves requests to halt meanwhile
// (sched/cores.hpp): a holder can wait for another core without both waiting for good.
#pragma once

#include <atomic>
#include <cstdint>

#define CAPABILITY(x) __attribute__((capability(x)))
#define GUARDED_BY(x) __attribute__((guarded_by(x)))
#define REQUIRES(...) __attribute__((requires_capability(__VA_ARGS__)))
#define ACQUIRE(...) __attribute__((acquire_capability(__VA_ARGS__)))
#define TRY_ACQUIRE(...) __attribute__((try_acquire_capability(__VA_ARGS__)))
#define RELEASE(...) __attribute__((release_capability(__VA_ARGS__)))
#define NO_LOCK_ANALYSIS __attribute__((no_thread_safety_analysis))
#define SCOPED_CAPABILITY __attribute__((scoped_lockable))

namespace tessera::nucleus {

// Interrupts are always off in the nucleus, so a lock is never taken twice by a core.
class CAPABILITY("lock") Lock {
 public:
  constexpr Lock() = default;
  [[nodiscard]] bool try_acquire() TRY_ACQUIRE(true) { return !held_.exchange(true, std::memory_order_acquire); }
  [[nodiscard]] bool held() const { return held_.load(std::memory_order_relaxed); }
  void release() RELEASE() { held_.store(false, std::memory_order_release); }

 private:
  std::atomic<bool> held_{false};
};

// The lock of the slow paths. A core that holds it may take it again.
class CAPABILITY("lock") ObjectLock {
 public:
  void acquire() ACQUIRE();  // sched/cores.hpp
  void release() RELEASE();
};

class SCOPED_CAPABILITY Holding {
 public:
  explicit Holding(ObjectLock& lock) ACQUIRE(lock) : lock_(lock) { lock_.acquire(); }
  ~Holding() RELEASE() { lock_.release(); }
  Holding(const Holding&) = delete;
  Holding& operator=(const Holding&) = delete;

 private:
  ObjectLock& lock_;
};

// Guards capability tables, the derivation tree and all objects' slow paths.
extern ObjectLock object_lock;

}  // namespace tessera::nucleus
