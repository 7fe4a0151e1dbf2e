// SPDX-License-Identifier: Apache-2.0
// wait4 and waitid.
#include <algorithm>

#include "components/linux/core/guest_memory.hpp"
#include "components/linux/process/end.hpp"
#include "components/linux/process/pidfd.hpp"
#include "components/linux/process/process.hpp"
#include "components/linux/process/registry.hpp"
#include "components/linux/process/rusage.hpp"
#include "components/linux/process/thread.hpp"
#include "components/linux/process/wait_event.hpp"
#include "components/linux/syscall/table.hpp"
#include "components/linux/trace/link.hpp"
#include "components/linux/trace/wait.hpp"

namespace tessera::lx {

namespace {

bool matches(const Process& child, const Wanted& wanted) {
  if (!wanted.means(child.pid, child.group)) return false;
  // Children that tell their end by another signal than SIGCHLD ("clone children").
  if ((wanted.options & kWaitAll) != 0) return true;
  return ((wanted.options & kWaitClone) != 0) == (child.exit_signal != kSigChld);
}

std::uint32_t uid_of(const Process& child) {
  const Thread* const leader = child.leader();
  return leader != nullptr ? leader->credentials->value.uid : child.zombie_credentials->value.uid;
}

}  // namespace

void WaitEvent::set_end(int end_status) {
  const int signal = end_status & 0x7f;
  code = signal == 0 ? kChildExited : (end_status & 0x80) != 0 ? kChildDumped : kChildKilled;
  status = end_status;
  child_value = signal != 0 ? signal : end_status >> 8 & 0xff;
}

WaitEvent zombie_event(const Process& process) {
  WaitEvent event;
  event.pid = process.pid;
  event.uid = uid_of(process);
  event.set_end(process.status);
  event.usage = process.ended_threads;
  event.usage.add(process.children_usage);
  return event;
}

namespace {

// What there is to tell about the child; takes it unless WNOWAIT.
std::optional<WaitEvent> event_of(Process& child, const Wanted& wanted) {
  const bool take = wanted.takes();
  // A zombie that another process traced is that one's to see first.
  if (child.life == Life::zombie && (wanted.options & kWaitExited) != 0 && child.end_tracer == nullptr) {
    const WaitEvent event = zombie_event(child);
    if (take) {
      child.parent->children_usage.add(event.usage);
      reap(child);
    }
    return event;
  }
  if (child.life != Life::alive) return std::nullopt;
  WaitEvent event;
  event.pid = child.pid;
  event.uid = uid_of(child);
  // One that is traced from here shows its stops as a tracee.
  if (child.stopped && !traced_by_parent(child) && child.stop_to_report && (wanted.options & kWaitStopped) != 0) {
    if (take) child.stop_to_report = false;
    event.code = kChildStopped;
    event.status = child.stop_signal << 8 | 0x7f;
    event.child_value = child.stop_signal;
    event.usage = usage_of(child);
    return event;
  }
  if (child.continue_to_report && (wanted.options & kWaitContinued) != 0) {
    if (take) child.continue_to_report = false;
    event.code = kChildContinued;
    event.status = 0xffff;
    event.child_value = kSigCont;
    event.usage = usage_of(child);
    return event;
  }
  return std::nullopt;
}

// Nothing: WNOHANG and no event yet.
Result<std::optional<WaitEvent>> wait_for(const Wanted& wanted) {
  Thread& self = current_thread();
  Process& process = self.process;
  const auto look = [&](bool& any) -> std::optional<WaitEvent> {
    any = false;
    for (Process* const child : process.children) {
      if (!matches(*child, wanted)) continue;
      any = true;
      if (auto event = event_of(*child, wanted)) return event;
    }
    return tracee_event(self, wanted, any);
  };
  WaitNode node(self, process.child_events);
  for (;;) {
    bool any = false;
    if (auto event = look(any)) return event;
    if (!any) return fail(Errno::echild);
    if ((wanted.options & kWaitNoHang) != 0) return std::optional<WaitEvent>();
    if (sleep() == Wake::signal) {
      if (auto event = look(any)) return event;
      return fail(Errno::restart_sys);
    }
  }
}

}  // namespace

Result<std::int64_t> sys_wait4(const Arguments& arguments) {
  const auto pid = static_cast<std::int32_t>(static_cast<std::uint32_t>(arguments[0]));
  const auto options = static_cast<std::uint32_t>(arguments[2]);
  if ((options & ~(kWaitNoHang | kWaitUntraced | kWaitContinued | kWaitNoThread | kWaitAll | kWaitClone)) != 0) return fail(Errno::einval);
  if (pid == INT32_MIN) return fail(Errno::esrch);
  Wanted wanted{.options = options | kWaitExited};
  if (pid > 0) wanted.whom = Whom::pid, wanted.id = pid;
  else if (pid != -1) wanted.whom = Whom::group, wanted.id = pid == 0 ? current_process_group() : -pid;
  const auto event = TRY(wait_for(wanted));
  if (!event) return 0;
  if (arguments[1] != 0) TRY(write_guest(arguments[1], event->status));
  if (arguments[3] != 0) TRY(write_guest(arguments[3], rusage_of(event->usage)));
  return event->pid;
}

Result<std::int64_t> sys_waitid(const Arguments& arguments) {
  const auto type = static_cast<std::int32_t>(static_cast<std::uint32_t>(arguments[0]));
  const auto id = static_cast<std::int32_t>(static_cast<std::uint32_t>(arguments[1]));
  const auto options = static_cast<std::uint32_t>(arguments[3]);
  constexpr std::uint32_t kEvents = kWaitStopped | kWaitExited | kWaitContinued;
  if ((options & ~(kEvents | kWaitNoHang | kWaitNoTake | kWaitNoThread | kWaitAll | kWaitClone)) != 0 || (options & kEvents) == 0)
    return fail(Errno::einval);
  Wanted wanted{.options = options};
  bool again = false;
  switch (type) {
    case 0: break;  // P_ALL
    case 1:         // P_PID
      if (id <= 0) return fail(Errno::einval);
      wanted.whom = Whom::pid, wanted.id = id;
      break;
    case 2:  // P_PGID
      if (id < 0) return fail(Errno::einval);
      wanted.whom = Whom::group, wanted.id = id == 0 ? current_process_group() : id;
      break;
    case 3: {  // P_PIDFD
      if (id < 0) return fail(Errno::einval);
      const Ref<File> file = TRY(pidfd_at(arguments[1]));
      const Process* const process = file->pid_file()->process();
      if (process == nullptr) return fail(Errno::echild);
      wanted.whom = Whom::pid, wanted.id = process->pid;
      if (file->non_blocking()) wanted.options |= kWaitNoHang, again = true;
      break;
    }
    default: return fail(Errno::einval);
  }
  const auto event = TRY(wait_for(wanted));
  if (!event && again && (options & kWaitNoHang) == 0) return fail(Errno::eagain);
  if (arguments[2] != 0) {
    SignalInfo info;
    if (event) info = SignalInfo::child(event->code, event->pid, event->uid, event->child_value, 0, 0);
    TRY(write_guest(arguments[2], info));
  }
  if (event && arguments[4] != 0) TRY(write_guest(arguments[4], rusage_of(event->usage)));
  return 0;
}

}  // namespace tessera::lx
