// SPDX-License-Identifier: Apache-2.0
#include "components/linux/signal/deliver.hpp"

#include <linux_arch/registers.hpp>
#include "components/linux/signal/signal_frame.hpp"
#include <utility>

#include "components/linux/crash/report.hpp"
#include "components/linux/io_ring/task.hpp"
#include "components/linux/memory/out_of_memory.hpp"
#include "components/linux/nucleus/carrier.hpp"
#include "components/linux/process/contract.hpp"
#include "components/linux/process/end.hpp"
#include "components/linux/process/process.hpp"
#include "components/linux/process/stop.hpp"
#include "components/linux/process/thread.hpp"
#include "components/linux/signal/mask.hpp"
#include "components/linux/signal/send.hpp"
#include "components/linux/signal/take.hpp"
#include "components/linux/syscall/numbers.hpp"
#include "components/linux/trace/stop.hpp"

namespace tessera::lx {

namespace {

// A handler runs: an interrupted call fails with EINTR or, as the action asks,
// starts again afterwards.
void settle_call_for_handler(Thread& thread, const SignalAction& action) {
  if (!thread.restart) return;
  const bool again = *thread.restart == Errno::restart_always ||
                     (*thread.restart == Errno::restart_sys && (action.flags & kActionRestart) != 0);
  if (again) repeat_call(thread.registers(), thread.system_call);
  else set_call_result(thread.registers(), -static_cast<std::int64_t>(Errno::eintr));
  thread.restart.reset();
}

// No handler runs: the call goes on as if nothing had happened.
void settle_call_without_handler(Thread& thread) {
  if (!thread.restart) return;
  const bool through_block = *thread.restart == Errno::restart_block;
  repeat_call(thread.registers(), through_block ? number::restart_syscall : thread.system_call);
  thread.restart.reset();
}

void run_handler(Thread& thread, const SignalAction& action, const SignalInfo& info) {
  settle_call_for_handler(thread, action);
  if (std::exchange(thread.check_section, false)) (void)leave_section(thread);
  const SignalSet frame_mask = thread.mask_to_restore.value_or(thread.blocked);
  thread.carrier->sync();
  clear_own_step(thread);
  if (!push_signal_frame(thread, action, info, frame_mask)) {
    // No room for the frame. If that happens to SIGSEGV itself, its handler is no help.
    if (info.signal == kSigSegv) thread.process.actions->set(kSigSegv, SignalAction{});
    force_signal(thread, SignalInfo::plain(kSigSegv, kCodeKernel));
    return;
  }
  thread.mask_to_restore.reset();
  SignalSet blocked = thread.blocked | SignalSet(action.mask);
  if ((action.flags & kActionNoDefer) == 0) blocked.add(info.signal);
  if ((action.flags & kActionResetHandler) != 0) {
    SignalAction reset = action;
    reset.handler = kHandlerDefault;
    thread.process.actions->set(info.signal, reset);
  }
  set_signal_mask(thread, blocked);
  stop_at_handler(thread);
}

// False when the process ends.
bool act(Thread& thread, const SignalInfo& info) {
  Process& process = thread.process;
  const SignalAction action = process.actions->get(info.signal);  // a copy: SA_RESETHAND changes it
  if (action.handler == kHandlerIgnore) return true;
  if (action.handler != kHandlerDefault) {
    run_handler(thread, action, info);
    return true;
  }
  switch (default_action(info.signal)) {
    case DefaultAction::ignore:
    case DefaultAction::resume:
      return true;
    case DefaultAction::stop:
      // The terminal's stop signals have no effect where nobody could continue the job.
      if (info.signal != kSigStop && process_group_is_orphaned(process.group)) return true;
      stop_process(process, info.signal);
      return true;
    case DefaultAction::terminate:
      end_process(process, info.signal);
      return false;
    case DefaultAction::core: {
      constexpr int kCoreDumped = 0x80;
      const bool dumped = crash(thread, info);
      end_process(process, dumped ? info.signal | kCoreDumped : info.signal);
      return false;
    }
  }
  return true;
}

}  // namespace

bool attend(Thread& thread) {
  // A call with a mask of its own that was not interrupted: the mask goes first,
  // so that only an interrupted one shows the handler its signals.
  if (thread.mask_to_restore && !thread.restart) {
    const SignalSet mask = *thread.mask_to_restore;
    thread.mask_to_restore.reset();
    set_signal_mask(thread, mask);
  }
  for (;;) {
    thread.attention = false;
    if (thread.starving) {
      thread.starving = false;
      out_of_memory(thread);
    }
    if (thread.ending) return false;
    if (thread.ring_task != nullptr && !held_by_stop(thread)) run_ring_task(thread);
    if (held_by_stop(thread)) {
      wait_while_stopped(thread);
      thread.attention = true;
      continue;
    }
    if (thread.traced && thread.traced->trap_wanted) {
      stop_as_wanted(thread);
      thread.attention = true;
      continue;
    }
    [[clang::uninitialized]] SignalInfo info;
    if (take_signal(thread, SignalSet(~std::uint64_t{0}) - thread.blocked, info)) {
      if (thread.traced && !stop_for_signal(thread, info)) continue;
      if (thread.ending) return false;
      if (!act(thread, info)) return false;
      continue;
    }
    settle_call_without_handler(thread);
    if (std::exchange(thread.check_section, false) && !leave_section(thread)) continue;
    if (!thread.mask_to_restore) return !thread.ending;
    const SignalSet mask = *thread.mask_to_restore;
    thread.mask_to_restore.reset();
    set_signal_mask(thread, mask);
  }
}

}  // namespace tessera::lx
