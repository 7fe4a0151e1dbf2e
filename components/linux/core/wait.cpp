// SPDX-License-Identifier: Apache-2.0
#include "components/linux/core/wait.hpp"

#include "components/linux/core/big_lock.hpp"
#include "components/linux/io_ring/task.hpp"
#include "components/linux/nucleus/carrier.hpp"
#include "components/linux/process/account.hpp"
#include "components/linux/process/thread.hpp"
#include "components/linux/process/wake.hpp"
#include "components/linux/signal/send.hpp"
#include "components/linux/trace/stop.hpp"

namespace tessera::lx {

WaitNode::WaitNode(Thread& thread, WaitQueue& queue) : thread_(&thread) { enter(queue); }
WaitNode::WaitNode(WaitWatcher& watcher, WaitQueue& queue) : watcher_(&watcher) {
  enter(queue);
  ++queue.watchers_;
}

void WaitNode::enter(WaitQueue& queue) {
  queue_ = &queue;
  previous_ = queue.last_;
  if (previous_ != nullptr) previous_->next_ = this;
  else queue.first_ = this;
  queue.last_ = this;
}

WaitNode::~WaitNode() {
  if (queue_ == nullptr) return;
  if (watcher_ != nullptr) --queue_->watchers_;
  (previous_ != nullptr ? previous_->next_ : queue_->first_) = next_;
  (next_ != nullptr ? next_->previous_ : queue_->last_) = previous_;
}

WaitQueue::~WaitQueue() {
  // Who sleeps on an object that goes away finds out by looking.
  for (WaitNode* node = first_; node != nullptr;) {
    WaitNode* const next = node->next_;
    node->queue_ = nullptr;
    if (node->thread_ != nullptr) wake_thread(*node->thread_);
    else node->watcher_->queue_woke();
    node = next;
  }
}

void WaitQueue::wake_all() {
  for (WaitNode* node = first_; node != nullptr; node = node->next_) {
    if (node->thread_ != nullptr) [[likely]] wake_thread(*node->thread_);
    else node->watcher_->queue_woke();
  }
}

void WaitQueue::wake_one() {
  // A thread that is awake already was told before: tell the next one.
  bool woken = false;
  for (WaitNode* node = first_; node != nullptr; node = node->next_) {
    if (node->watcher_ != nullptr) {
      node->watcher_->queue_woke();
    } else if (!woken && !node->thread_->woken.load(std::memory_order_relaxed)) {
      wake_thread(*node->thread_);
      woken = true;
    }
  }
}

namespace {

SleepState state_of(const Thread& thread) { return thread.sleeping.load(std::memory_order_relaxed); }

// False: another who shares the big lock does it.
bool claim(Thread& thread) {
  SleepState state = state_of(thread);
  do {
    if (state == SleepState::awake || state == SleepState::waking) return false;
  } while (!thread.sleeping.compare_exchange_weak(state, SleepState::waking, std::memory_order_acquire, std::memory_order_relaxed));
  return true;
}

[[gnu::noinline]] void resume_beside_others(Thread& thread) {
  if (!claim(thread)) return;
  place(thread);
  thread.sleeping.store(SleepState::awake, std::memory_order_release);
  thread.carrier->wake_after_unlock();
}

[[gnu::always_inline]] inline void resume(Thread& thread) {
  if (several_processors) [[unlikely]] return resume_beside_others(thread);
  thread.sleeping.store(SleepState::awake, std::memory_order_relaxed);
  thread.carrier->wake_after_unlock();
}

}  // namespace

void wake_thread(Thread& thread) {
  thread.woken.store(true, std::memory_order_relaxed);
  if (state_of(thread) == SleepState::awake) return;
  resume(thread);
}

void interrupt_thread(Thread& thread) {
  thread.attention = true;
  const SleepState state = state_of(thread);
  if (state == SleepState::interruptible || (state != SleepState::awake && thread.ending)) {
    resume(thread);
  } else if (thread.in_guest) {
    thread.carrier->kick();
  }
}

namespace {

// The lock is the caller's on both ends; the analysis cannot see that through the
// whole of the personality.
NO_THREAD_SAFETY_ANALYSIS Wake sleep_as(SleepState state, std::uint64_t deadline_ns) {
  Thread& self = current_thread();
  const auto interrupted = [&] {
    return state == SleepState::interruptible ? signal_waits(self) : state == SleepState::uninterruptible && self.ending;
  };
  // Requests go on where their thread sleeps; what it waits for may come of that.
  const auto run_requests = [&] {
    if (self.ring_task != nullptr && state == SleepState::interruptible && !held_by_stop(self)) run_ring_task(self);
  };
  run_requests();
  const auto woken = [&] { return self.woken.load(std::memory_order_relaxed); };
  if (!woken() && interrupted()) return Wake::signal;
  bool in_time = true;
  if (!woken()) {
    self.sleeping.store(state, std::memory_order_relaxed);
    ++self.usage.voluntary_switches;
    now_asleep(self, account_leave(self));
    Carrier& carrier = *self.carrier;
    big_lock.unlock();
    carrier.unlocked();
    in_time = carrier.wait(deadline_ns);
    big_lock.lock();
    account_enter(self);
    self.sleeping.store(SleepState::awake, std::memory_order_relaxed);
    now_awake(self);
    run_requests();
  }
  if (woken()) {
    self.woken.store(false, std::memory_order_relaxed);
    return Wake::woken;
  }
  if (interrupted()) return Wake::signal;
  return in_time ? Wake::woken : Wake::deadline;
}

}  // namespace

Wake sleep(std::uint64_t deadline_ns) { return sleep_as(SleepState::interruptible, deadline_ns); }
Wake sleep_uninterruptible(std::uint64_t deadline_ns) {
  return sleep_as(SleepState::uninterruptible, deadline_ns);
}
Wake sleep_until_woken() { return sleep_as(SleepState::held, kNoDeadline); }

bool may_sleep_beside(const Thread& self) { return self.ring_task == nullptr && !signal_waits(self); }

void fall_asleep(Thread& self) {
  self.woken.store(false, std::memory_order_relaxed);
  ++self.usage.voluntary_switches;
  now_asleep(self, account_leave_beside(self));
  self.sleeping.store(SleepState::interruptible, std::memory_order_release);
}

void sleep_beside(Thread& self) {
  Carrier& carrier = *self.carrier;
  carrier.unlocked();
  // A bell that rang late, for an earlier sleep, ends a wait but not the sleep.
  do {
    (void)carrier.wait(kNoDeadline);
  } while (self.sleeping.load(std::memory_order_acquire) != SleepState::awake);
  account_enter_beside(self);
}

}  // namespace tessera::lx
