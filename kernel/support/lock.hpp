// SPDX-License-Identifier: Apache-2.0
// The nucleus' locks, with clang's thread-safety annotations, and the order in which
// they are taken.
//
// A core's own lock is held by its fast paths (call, reply_wait, notify, wait, yield, guest_run).
// Everything else holds object_lock: the lock that the slow paths of all cores share, then
// the own core's, then those of the cores it comes to touch, in any order: who waits for a
// core's lock and has none waits for nobody else. So fast paths run beside each other and
// beside slow paths that leave their cores alone, and a slow path leaves alone each core
// that cannot be using what it changes. What a fast path may touch is guarded by a lock:
//
//   a Core                 its own
//   a Thread               that of Thread::core, where it runs, is queued, or was last
//   an Endpoint            that of Endpoint::core; fast paths of other cores read nothing else
//   a Notification         that of Notification::core, in the same way
//   a Reply                that of its server's core; without a server no fast path touches it
//   a Budget               that of Budget::core
//   a table's slots        those of CapTable::cores, where its threads ever ran: a fast path
//                          looks up handles of one step in its own thread's table only
//   what guest_run reads   those of AddressSpace::cores, in the same way; the list of the
//                          space's threads is AddressSpace::tables' as well
//
// Which core it is that guards an object changes under object_lock and both cores' locks
// alone. So who holds object_lock may read it, take that lock (reach, core_of, core_at),
// and the object is its own until it gives back object_lock: no fast path is in the middle
// of it, and none begins. One that comes later holds the lock that was given back, and sees
// either all that was written or, by the one field it reads before that lock covers it
// (`core`, which is read whole), that the object is another core's. An object ends after
// its last slot was emptied under the locks of all cores that could look it up there, and
// after it was taken out of the queues and Replies of the core that guards it.
//
// Calls that change nothing but page tables (map, unmap, protect, copy_range) run beside
// all of these too: they hold the own core's lock and, innermost, those of the spaces
// (AddressSpace::tables), whose holders wait for nothing. They do so on cores that the space
// and its host know (AddressSpace::cores); who changes tables, attachments or the guests of
// a host otherwise holds the locks of those. Beside others no core can be halted: what
// another may have cached is found out afterwards, and then the call is finished under
// object_lock.
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
