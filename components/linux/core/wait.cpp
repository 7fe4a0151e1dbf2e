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
    } else if (!woken && !node->thread_->woken) {
      wake_thread(*node->thread_);
      woken = true;
    }
  }
}

static void resume(Thread& thread) {
  thread.sleeping = SleepState::awake;
  place(thread);
  thread.carrier->wake_after_unlock();
}

void wake_thread(Thread& thread) {
  thread.woken = true;
  if (thread.sleeping == SleepState::awake) return;
  resume(thread);
}

void interrupt_thread(Thread& thread) {
  thread.attention = true;
  if (thread.sleeping == SleepState::interruptible || (thread.sleeping != SleepState::awake && thread.ending)) {
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
  if (!self.woken && interrupted()) return Wake::signal;
  bool in_time = true;
  if (!self.woken) {
    self.sleeping = state;
    ++self.usage.voluntary_switches;
    account_leave(self);
    now_asleep(self);
    Carrier& carrier = *self.carrier;
    big_lock.unlock();
    carrier.unlocked();
    in_time = carrier.wait(deadline_ns);
    big_lock.lock();
    account_enter(self);
    self.sleeping = SleepState::awake;
    now_awake(self);
    run_requests();
  }
  if (self.woken) {
    self.woken = false;
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

}  // namespace tessera::lx
