// SPDX-License-Identifier: Apache-2.0
// The IPC calls in full. The common case of call and reply_wait is tried first in
// fast_path.cpp.
#pragma once

#include "kernel/object/slot.hpp"
#include "kernel/object/thread.hpp"
#include "kernel/support/lock.hpp"
#include "kernel/support/result.hpp"

namespace tessera::nucleus {

// Each leaves the caller's result in its frame when it ends at once with an
// error; otherwise whoever completes it does.
Error send(Thread& sender, Handle endpoint, bool wants_reply) REQUIRES(object_lock);
// `server_waits`: it waits next, so that the caller runs at once.
Error reply(Thread& server, Handle reply_handle, bool server_waits) REQUIRES(object_lock);
// Endpoint or Notification.
Error wait(Thread& thread, Handle object, Handle reply_handle) REQUIRES(object_lock);
Error notify(Thread& thread, Handle notification) REQUIRES(object_lock);

// Stops the thread with a message to its fault endpoint; without one it is
// stopped for good and the log says so.
void deliver_fault(Thread& thread, std::uint64_t vector, std::uint64_t code, std::uint64_t address) REQUIRES(object_lock);

// True when done: see fast_path.cpp.
bool try_fast_call(Thread& caller, std::uint64_t tag, Handle endpoint);
bool try_fast_audited_call(Thread& caller, std::uint64_t tag, Handle endpoint);
bool try_fast_reply_wait(Thread& server, std::uint64_t tag, Handle endpoint);
bool try_fast_answer_fault(Thread& server, std::uint64_t tag, Handle endpoint);
bool try_fast_notify(Thread& thread, Handle notification);
bool try_fast_wait(Thread& thread, Handle notification);
// The same where other cores may use the endpoint and its threads: under the core's lock.
bool try_shared_call(Thread& caller, std::uint64_t tag, Handle endpoint);
bool try_shared_reply_wait(Thread& server, std::uint64_t tag, Handle endpoint);
bool try_shared_answer_fault(Thread& server, std::uint64_t tag, Handle endpoint);
bool try_shared_notify(Thread& thread, Handle notification);
bool try_shared_wait(Thread& thread, Handle notification);
// A thread's fault, when who handles it waits on this core and is at least as urgent: that one
// runs at once. False: nothing was done.
[[nodiscard]] bool try_fast_fault(Thread& thread, const FaultWords& words) REQUIRES(object_lock);
// An interrupt came while a thread ran: who waits for it runs in its place, if it is more
// urgent and of this core. False: nothing was done but charging the time so far.
[[nodiscard]] bool try_raise_and_switch(const Slot& target) REQUIRES(object_lock);

}  // namespace tessera::nucleus
