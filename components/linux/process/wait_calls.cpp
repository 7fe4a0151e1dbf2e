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
#include "components/linux/syscall/table.hpp"

namespace tessera::lx {

namespace {

// Options of wait4 and waitid.
constexpr std::uint32_t kNoHang = 1, kUntraced = 2, kStopped = 2, kExited = 4, kContinued = 8, kNoWait = 0x1000000,
                        kNoThread = 0x20000000, kAll = 0x40000000, kClone = 0x80000000;

enum class Whom : std::uint8_t { any, pid, group };

struct Wanted {
  Whom whom = Whom::any;
  std::int32_t id = 0;
  std::uint32_t options = 0;
};

struct Event {
  std::int32_t pid = 0;
  std::uint32_t uid = 0;
  std::int32_t code = 0;        // si_code
  int status = 0;               // as wait4 tells it
  std::int32_t child_value = 0; // si_status
  Usage usage;
};

bool matches(const Process& child, const Wanted& wanted) {
  switch (wanted.whom) {
    case Whom::any: break;
    case Whom::pid:
      if (child.pid != wanted.id) return false;
      break;
    case Whom::group:
      if (child.group != wanted.id) return false;
      break;
  }
  // Children that tell their end by another signal than SIGCHLD ("clone children").
  if ((wanted.options & kAll) != 0) return true;
  return ((wanted.options & kClone) != 0) == (child.exit_signal != kSigChld);
}

std::uint32_t uid_of(const Process& child) {
  const Thread* const leader = child.leader();
  return leader != nullptr ? leader->credentials->value.uid : child.zombie_credentials->value.uid;
}

// What there is to tell about the child; takes it unless WNOWAIT.
std::optional<Event> event_of(Process& child, const Wanted& wanted) {
  Event event;
  event.pid = child.pid;
  event.uid = uid_of(child);
  const bool take = (wanted.options & kNoWait) == 0;
  if (child.life == Life::zombie && (wanted.options & kExited) != 0) {
    const int signal = child.status & 0x7f;
    event.code = signal != 0 ? kChildKilled : kChildExited;
    event.status = child.status;
    event.child_value = signal != 0 ? signal : child.status >> 8 & 0xff;
    event.usage = child.ended_threads;
    event.usage.add(child.children_usage);
    if (take) {
      child.parent->children_usage.add(event.usage);
      reap(child);
    }
    return event;
  }
  if (child.life != Life::alive) return std::nullopt;
  if (child.stopped && child.stop_to_report && (wanted.options & kStopped) != 0) {
    if (take) child.stop_to_report = false;
    event.code = kChildStopped;
    event.status = child.stop_signal << 8 | 0x7f;
    event.child_value = child.stop_signal;
    event.usage = usage_of(child);
    return event;
  }
  if (child.continue_to_report && (wanted.options & kContinued) != 0) {
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
Result<std::optional<Event>> wait_for(const Wanted& wanted) {
  Thread& self = current_thread();
  Process& process = self.process;
  const auto look = [&](bool& any) -> std::optional<Event> {
    any = false;
    for (Process* const child : process.children) {
      if (!matches(*child, wanted)) continue;
      any = true;
      if (auto event = event_of(*child, wanted)) return event;
    }
    return std::nullopt;
  };
  WaitNode node(self, process.child_events);
  for (;;) {
    bool any = false;
    if (auto event = look(any)) return event;
    if (!any) return fail(Errno::echild);
    if ((wanted.options & kNoHang) != 0) return std::optional<Event>();
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
  if ((options & ~(kNoHang | kUntraced | kContinued | kNoThread | kAll | kClone)) != 0) return fail(Errno::einval);
  if (pid == INT32_MIN) return fail(Errno::esrch);
  Wanted wanted{.options = options | kExited};
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
  constexpr std::uint32_t kEvents = kStopped | kExited | kContinued;
  if ((options & ~(kEvents | kNoHang | kNoWait | kNoThread | kAll | kClone)) != 0 || (options & kEvents) == 0)
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
      if (file->non_blocking()) wanted.options |= kNoHang, again = true;
      break;
    }
    default: return fail(Errno::einval);
  }
  const auto event = TRY(wait_for(wanted));
  if (!event && again && (options & kNoHang) == 0) return fail(Errno::eagain);
  if (arguments[2] != 0) {
    SignalInfo info;
    if (event) info = SignalInfo::child(event->code, event->pid, event->uid, event->child_value, 0, 0);
    TRY(write_guest(arguments[2], info));
  }
  if (event && arguments[4] != 0) TRY(write_guest(arguments[4], rusage_of(event->usage)));
  return 0;
}

}  // namespace tessera::lx
