// SPDX-License-Identifier: Apache-2.0
// invoke: an operation on an object. One function per object type; each decodes
// and checks its arguments first (may fail), then acts (may not).
#pragma once

#include "kernel/object/slot.hpp"
#include "kernel/object/thread.hpp"
#include "kernel/support/lock.hpp"
#include "kernel/support/result.hpp"

namespace tessera::nucleus {

struct Invocation {
  Thread& thread;      // who asks
  Slot& slot;          // the capability invoked
  Handle handle;       // by which the caller named it
  std::uint32_t method = 0;
  bool beside = false;     // made with the own core's lock alone: lock.hpp
  bool all_needed = false; // that was not enough: the call goes on under object_lock
  bool preempted = false;  // set by a long operation: the call starts again when the thread next runs

  [[nodiscard]] std::uint64_t argument(unsigned index) const { return thread.frame.word(index); }
  void set_argument(unsigned index, std::uint64_t value) { thread.frame.set_word(index, value); }
  void result(unsigned index, std::uint64_t value) { thread.frame.set_word(index, value); }
  // A capability of the caller's that an argument names.
  [[nodiscard]] Result<Slot*> capability(unsigned index, ObjectType type, std::uint8_t rights) const;
  // An empty slot of a table that the caller may write to.
  [[nodiscard]] Result<Slot*> destination(unsigned table_argument, std::uint64_t index) const;
  // Whether the thread is as it was and its handle still leads to the capability, by
  // tables that may be going as well: the call can be preempted and made again.
  [[nodiscard]] bool can_come_back() const;
  // Called between steps of a long operation. True when the operation must end
  // here: its progress has been recorded and the call will be made again.
  [[nodiscard]] bool preempt();
  [[nodiscard]] Error take_all() {
    all_needed = true;
    return Error::ok;
  }
};

using Method = Error(Invocation&);
Error invoke_untyped(Invocation& call) REQUIRES(object_lock);
Error invoke_cap_table(Invocation& call) REQUIRES(object_lock);
Error invoke_thread(Invocation& call) REQUIRES(object_lock);
Error invoke_budget(Invocation& call) REQUIRES(object_lock);
Error invoke_address_space(Invocation& call) REQUIRES(object_lock);
Error invoke_memory(Invocation& call) REQUIRES(object_lock);
Error invoke_endpoint(Invocation& call) REQUIRES(object_lock);
Error invoke_notification(Invocation& call) REQUIRES(object_lock);
Error invoke_timer(Invocation& call) REQUIRES(object_lock);
Error invoke_interrupt(Invocation& call) REQUIRES(object_lock);
Error invoke_io_ports(Invocation& call) REQUIRES(object_lock);
Error invoke_log(Invocation& call) REQUIRES(object_lock);
Error invoke_machine(Invocation& call) REQUIRES(object_lock);
Error invoke_namespace(Invocation& call) REQUIRES(object_lock);
Error invoke_dma_domain(Invocation& call) REQUIRES(object_lock);

// Records a call that was refused or, where asked, any: `what` is its method or number.
void audit_result(const Thread& thread, const Slot& capability, std::uint64_t what, Error error);

// Looks the capability up and operates on it; leaves results in the frame.
void invoke(Thread& thread, std::uint64_t tag, Handle handle) REQUIRES(object_lock);

// The same beside the calls of other cores, for what touches page tables or the caller
// alone. False: it is to be made by invoke.
[[nodiscard]] bool try_invoke_beside(Thread& thread, std::uint64_t tag, Handle handle);

}  // namespace tessera::nucleus
