// SPDX-License-Identifier: Apache-2.0
// A Linux thread. It runs on a carrier (a nucleus thread of its own), which it
// takes when it begins and gives back when it ends.
//
// Everything here is guarded by the big lock, but for what its own thread changes without it
// (syscall/beside.hpp) and nobody else does.
#pragma once

#include <abi/nucleus.hpp>
#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include <linux_arch/guest_state.hpp>

#include "components/linux/core/errno.hpp"
#include "components/linux/core/ref.hpp"
#include "components/linux/core/wait.hpp"
#include "components/linux/fs/context.hpp"
#include "components/linux/fs/file_table.hpp"
#include "components/linux/memory/address_space.hpp"
#include "components/linux/process/credentials.hpp"
#include "components/linux/process/placement.hpp"
#include "components/linux/process/restartable.hpp"
#include "components/linux/process/usage.hpp"
#include "components/linux/process/uts.hpp"
#include "components/linux/seccomp/seccomp.hpp"
#include "components/linux/signal/queue.hpp"
#include "components/linux/signal/trap.hpp"
#include "components/linux/syscall/dispatch.hpp"
#include "lib/rt/thread_block.hpp"
#include "lib/schedule/turns.hpp"

namespace tessera::lx {

class Carrier;
class Process;
struct PreparedExec;
struct Tracee;
struct Tracer;
struct RingTask;

// sigaltstack(2).
struct AlternateStack {
  std::uint64_t start = 0;
  std::uint32_t flags = 2;  // SS_DISABLE
  std::uint64_t bytes = 0;
};

enum class SleepState : std::uint8_t {
  awake,
  waking,           // somebody who shares the big lock is waking it: awake for all others
  interruptible,
  uninterruptible,  // only a signal that ends the process wakes it
  held,             // nothing but a wake
};

// How restart_syscall goes on with an interrupted call.
struct Restart {
  Result<std::int64_t> (*resume)(const std::array<std::uint64_t, 6>&) = nullptr;
  std::array<std::uint64_t, 6> arguments{};
};

class Thread {
 public:
  Thread(Process& owner, std::int32_t id);
  ~Thread();
  Thread(const Thread&) = delete;
  Thread& operator=(const Thread&) = delete;

  Process& process;
  std::int32_t tid;
  Carrier* carrier = nullptr;
  [[nodiscard]] tessera::abi::GuestState& registers();

  Ref<AddressSpace> memory;
  Ref<FileTable> files;
  Ref<FsContext> fs;
  Ref<CredentialSet> credentials;
  Ref<UtsNames> uts;  // null: those of the first process

  // Something is to be done before the guest runs again: a signal, a stop, the end. Set with
  // the lock held, or where its sleep ends; its own thread may look without.
  std::atomic<bool> attention{false};
  bool in_guest = false;  // from before guest_run until the lock is held again: a kick is seen
  bool ending = false;    // exit(2) was called, or the process ends
  bool check_section = false;  // its guest was interrupted, maybe in a restartable section
  bool starving = false;  // the heap grew into the reserve on its behalf
  std::atomic<SleepState> sleeping{SleepState::awake};  // as are these: core/wait.hpp
  std::atomic<bool> woken{false};

  Placement placement;

  WatchedSignalSet blocked;  // its own thread may change it without the lock: try_signal_mask
  SignalQueue pending;
  std::optional<SignalSet> mask_to_restore;  // after sigsuspend, ppoll, ...
  AlternateStack alternate_stack;
  Trap trap;
  std::optional<Errno> restart;  // the call that was interrupted asks to start again
  Restart restart_block;
  // Number of the call for which it left its guest last; all ones: for something else.
  std::uint64_t system_call = ~std::uint64_t{0};
  // For a thread whose calls are watched: watched_calls.
  const SystemCallTable* calls = &system_calls;
  SeccompMode seccomp_mode = SeccompMode::none;
  Ref<SeccompFilter> seccomp;

  // What its io_uring requests want done, once it made any; io_ring/task.hpp.
  RingTask* ring_task = nullptr;

  // The guest has run in `memory`, so the nucleus shows its lower half to this
  // carrier. Not yet after clone and exec.
  bool memory_visible = false;

  // It serves a call without the big lock: what its guest must fault in is not there.
  bool takes_no_faults = false;
  std::unique_ptr<PreparedExec> prepared_exec;  // for the call that it serves

  // ptrace (trace/).
  std::unique_ptr<Tracee> traced;  // null: nobody traces it
  std::unique_ptr<Tracer> tracer;  // its tracees; null while it never had one
  bool watched = false;            // something is to be looked at after each trap of its guest
  int trace_signal = 0;            // with which its tracer ended the last stop
  int exit_code = 0;               // of exit(2)

  std::uint64_t clear_child_tid = 0;
  std::uint64_t robust_list = 0;
  std::int8_t futex_trust = 4;  // futex/glance.cpp
  MemoryPolicy memory_policy;   // set_mempolicy(2)
  RestartableArea restartable;  // rseq(2)
  std::array<char, 16> name{};
  void set_name(std::string_view text);

  Usage usage;
  std::uint64_t stamp = 0;         // when its present stretch in the personality began, ticks
  std::uint8_t sample = 0;         // process/account.hpp
  std::uint64_t system_ticks = 0;  // in the personality up to then
  std::atomic<std::uint64_t>* system_sum = &counts_of.front().system_ticks;  // of the processor that it is placed on
  mutable std::uint64_t told_user_ns = 0;  // by usage_of
  std::int32_t nice = 0;
  schedule::Class schedule_class = schedule::Class::normal;
  std::int32_t io_priority = 0;  // ioprio_set(2); 0: none chosen
  int parent_death_signal = 0;
};

// What the scheduler is to know of a thread.
inline schedule::Wish wish_of(const Thread& thread) {
  return {.nice = static_cast<std::int8_t>(thread.nice), .what = thread.schedule_class};
}

// The Linux thread that the carrier carries; null in a service thread.
inline Thread* current_or_null() { return static_cast<Thread*>(rt::current().user); }
inline void set_current(Thread* thread) { rt::current().user = thread; }

}  // namespace tessera::lx
