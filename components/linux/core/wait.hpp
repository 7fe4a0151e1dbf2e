// SPDX-License-Identifier: Apache-2.0
// Sleeping and waking inside the personality.
//
// All of the personality's shared state is guarded by one lock (`big_lock`),
// which a thread holds from guest exit to guest entry and gives up while it
// sleeps. A wait is: put a WaitNode on the queue, test the condition, sleep, test
// again. `sleep` returns after a wake of any queue the thread has a node on, at
// the deadline, or because a signal is to be handled; the caller tests again in
// each case. None of this is for the guest's own futexes, which are built on it.
//
// Threads that share the lock may wake others too. Then the queue is guarded by a lock of what
// it belongs to, and of several who find a thread asleep one wakes it.
#pragma once

#include <cstdint>

#include "components/linux/core/errno.hpp"

namespace tessera::lx {

class Thread;
class WaitQueue;

inline constexpr std::uint64_t kNoDeadline = ~std::uint64_t{0};

// Is told of wakes without sleeping (epoll). Must not touch the queue that woke.
class WaitWatcher {
 public:
  virtual void queue_woke() = 0;

 protected:
  ~WaitWatcher() = default;
};

// A thread's or a watcher's place on one queue; removes itself.
class WaitNode {
 public:
  WaitNode(Thread& thread, WaitQueue& queue);
  WaitNode(WaitWatcher& watcher, WaitQueue& queue);
  ~WaitNode();
  WaitNode(const WaitNode&) = delete;
  WaitNode& operator=(const WaitNode&) = delete;

 private:
  friend class WaitQueue;
  void enter(WaitQueue& queue);
  Thread* thread_ = nullptr;
  WaitWatcher* watcher_ = nullptr;
  WaitQueue* queue_ = nullptr;
  WaitNode* next_ = nullptr;
  WaitNode* previous_ = nullptr;
};

class WaitQueue {
 public:
  WaitQueue() = default;
  ~WaitQueue();  // detaches the nodes left on it
  WaitQueue(const WaitQueue&) = delete;
  WaitQueue& operator=(const WaitQueue&) = delete;

  void wake_all();
  void wake_one();  // all watchers, and the thread that waits longest
  [[nodiscard]] bool empty() const { return first_ == nullptr; }
  // A watcher is told of every event, where threads need only know of the first.
  [[nodiscard]] bool watched() const { return watchers_ != 0; }

 private:
  friend class WaitNode;
  WaitNode* first_ = nullptr;
  WaitNode* last_ = nullptr;
  std::uint32_t watchers_ = 0;
};

enum class Wake : std::uint8_t { woken, deadline, signal };

// Sleeps the current thread until a wake, the deadline (ns since boot, monotonic) or a signal
// that is not blocked. Gives up the big lock meanwhile. A wake that came after
// the WaitNode was made and before sleep is not lost.
Wake sleep(std::uint64_t deadline_ns = kNoDeadline);
// The same, but signals other than a fatal one do not end it.
Wake sleep_uninterruptible(std::uint64_t deadline_ns = kNoDeadline);
// The same for a thread that is at its end: nothing but a wake counts.
Wake sleep_until_woken();

// Sleeping in a call that shares the big lock (syscall/beside.hpp). The thread puts itself where
// those who shall wake it look, under a lock of that place which they hold too, and falls asleep
// there; then it gives up both locks and sleeps. It is woken like any other thread, holds no
// lock then, and takes itself out of that place again, if it is still there, in the same way.
// Not with a signal or the like at hand, or with requests to serve: sleep() looks after those.
[[nodiscard]] bool may_sleep_beside(const Thread& self);
void fall_asleep(Thread& self);
void sleep_beside(Thread& self);

// Blocks on one queue until `ready()` is true. EINTR comes as restart_sys.
template <typename Ready>
Result<void> wait_until(Thread& thread, WaitQueue& queue, Ready ready, std::uint64_t deadline_ns = kNoDeadline) {
  WaitNode node(thread, queue);
  while (!ready()) {
    switch (sleep(deadline_ns)) {
      case Wake::woken: break;
      case Wake::deadline: return ready() ? Result<void>{} : fail(Errno::etimedout);
      case Wake::signal: return ready() ? Result<void>{} : fail(Errno::restart_sys);
    }
  }
  return {};
}

}  // namespace tessera::lx
