// SPDX-License-Identifier: Apache-2.0
// Thread: native registers first, so that the entry path saves straight into it;
// then what scheduling and IPC need; then the capabilities it holds, as slots of
// the derivation tree, so that revoking what a thread runs on stops it.
#pragma once

#include <abi/nucleus.hpp>
#include <array>
#include <cstdint>

#include "kernel/audit/audit.hpp"
#include "kernel/object/header.hpp"
#include "kernel/object/slot.hpp"
#include "kernel/sched/timer_queue.hpp"
#include "kernel/support/addresses.hpp"
#include "kernel/support/list.hpp"
#include "kernel/support/relaxed.hpp"
#include "kernel/support/result.hpp"

namespace tessera::nucleus {

// What a handler is told: vector, code, address, instruction and stack pointer.
using FaultWords = std::array<std::uint64_t, 5>;

class AddressSpace;
class CapTable;
struct Budget;
struct Endpoint;
struct Namespace;
struct Notification;
struct Reply;
struct Thread;

enum class ThreadState : std::uint8_t {
  stopped,         // not started, suspended or faulted for good
  ready,           // on a ready queue, or running
  throttled,       // ready, but its budget is used up
  paused,          // ready, but its namespace is suspended
  sending,         // queued on an endpoint
  receiving,       // queued on an endpoint
  awaiting_reply,  // its Reply object knows it
  waiting,         // queued on a notification
};

struct Thread {
  arch::Frame frame;  // native registers; must be first

  // How the running core resumes this thread; read by the exit path.
  arch::Resume resume = arch::Resume::full;
  ThreadState state = ThreadState::stopped;
  std::uint8_t priority = 0;            // its own
  std::uint8_t effective_priority = 0;  // with donations; of its guest, maybe, while that is in a call
  std::uint8_t guest_priority = 255;    // of its guest, at most
  bool woken = false;                   // it has not had a turn in its guest since it was
  Relaxed<bool> in_guest = false;       // the guest's registers are live, not the native ones; its core
                                        // leaves a guest without a lock
  struct Asked {                        // what keeps guest_run off its shortest path
    bool kicked = false;                // latched kick
    bool paced = false;                 // its guest is less urgent than itself
  } asked;
  bool calling = false;                 // while sending: wants a reply
  bool restarting = false;              // the call in progress was preempted
  struct Unusual {                      // what keeps a caller off the fast path of its answer
    bool faulted = false;               // while sending or awaiting: the message is a fault
    bool frozen = false;                // its namespace or one above is suspended
  } unusual;
  Relaxed<std::uint8_t> audited = std::uint8_t{0};  // events that its namespace wants recorded
  bool extended_valid = false;          // the guest's vector state is in the state page

  CapTable* table = nullptr;       // cached from the slots below, null when those are empty
  AddressSpace* space = nullptr;
  AddressSpace* guest_space = nullptr;  // of the last guest_run: its native side runs there too
  abi::MessagePage* message = nullptr;
  abi::GuestState* guest = nullptr;
  Budget* budget = nullptr;        // its own
  Budget* active_budget = nullptr; // what it runs on now
  Relaxed<std::uint16_t> core = std::uint16_t{0};  // where it runs, is queued, or was last: whose lock guards it

  ListLink<Thread> view_link;      // among the threads with the same guest_space
  ListLink<Thread> queue_link;     // ready queue, or the queue of what it waits for
  union Waiting {
    Endpoint* endpoint;
    Notification* notification;
    Reply* reply;
  } waiting_on{};
  Reply* reply_to_bind = nullptr;  // while receiving
  Reply* bound_reply = nullptr;    // newest caller it has yet to answer (donation ends with it)
  std::uint64_t ticket = 0;        // while sending: who came first has the lower
  std::uint64_t progress = 0;      // of a preempted call
  std::uint64_t progress_key = 0;
  std::uint64_t progress_epoch = 0;

  FaultWords fault_words{};  // while faulted: the message
  std::uint64_t tls = 0;
  std::uint64_t fixup_start = 0, fixup_end = 0, fixup_target = 0;
  std::uint64_t time_used = 0;     // clock ticks
  std::uint64_t slice_start = 0, slice_used = 0;  // used: before it was preempted, ticks
  std::uint64_t slice_ticks = 0;   // 0: as long as everybody's
  std::uint64_t wait_until = kNever;  // clock ticks: when the wait ends that the thread is in
  // May be queued for an earlier time, and when the thread does not wait: who waits with a time
  // limit again and again, and is always woken before, pays for one timer now and then.
  TimerNode wait_timer{TimerNode::Kind::thread_wait};

  // Keeps the space's list of threads, so that a space that ends can turn them out.
  void set_guest_space(AddressSpace* space_now) {
    if (guest_space != space_now) [[unlikely]] change_guest_space(space_now);
  }
  void change_guest_space(AddressSpace* space_now);
  // Under the core's own lock alone: that core is known to the space, and to the one it leaves.
  [[nodiscard]] bool may_enter(const AddressSpace& wanted, unsigned number) const;

  // Its core looks before it has any lock: a call that has begun may miss a change.
  [[nodiscard]] bool audits(Event event) const {
    return (audited & static_cast<std::uint8_t>(event)) != 0;
  }

  // What it is scheduled by now, but for donations, which are for all it does. Its native
  // side may hold locks that others wait for: only the guest gives way.
  [[nodiscard]] std::uint8_t own_urgency() const { return asked.paced && in_guest ? guest_priority : priority; }
  // A guest's call is not to pay for that it ends one: until somebody wants to know, the
  // thread may still be as urgent as its guest was. Not while it is queued.
  void settle_urgency() {
    if (effective_priority <= priority) effective_priority = own_urgency();
  }

  // Its message is that its budget is used up.
  [[nodiscard]] bool timed_out() const { return unusual.faulted && fault_words.front() == abi::kFaultTimeout; }
  // The call being made was preempted in an earlier step.
  [[nodiscard]] bool restarting_long() const { return progress != 0; }

  Namespace* member_of = nullptr;
  ListLink<Thread> member_link;
  std::uint64_t visited = 0;       // by the newest walk of its namespace: suspend.cpp

  ObjectHeader header;
  Slot table_slot{.home = Home::thread_table, .holder = this};
  Slot space_slot{.home = Home::thread_space, .holder = this};
  Slot message_slot{.home = Home::thread_message, .holder = this};
  Slot fault_slot{.home = Home::thread_fault, .holder = this};
  Slot timeout_slot{.home = Home::thread_timeout, .holder = this};
  Slot guest_slot{.home = Home::thread_guest_state, .holder = this};
  Slot budget_slot{.home = Home::thread_budget, .holder = this};
  Slot sending_slot{.home = Home::thread_sending, .holder = this};
};

using WaitList = List<Thread, &Thread::queue_link>;

// Takes a waiting thread out of whatever it waits for; its registers stay as they are.
void leave_queue(Thread& thread);
// The same, and its call answers `error` when the thread goes on.
void end_wait(Thread& thread, Error error);
// The running thread's budget is used up: tells its timeout handler, if it has one that
// can answer; else the thread waits for more.
void deliver_timeout(Thread& thread);
// Stops a thread, wherever it is.
void stop(Thread& thread);

}  // namespace tessera::nucleus
