// SPDX-License-Identifier: Apache-2.0
#include "components/linux/process/jobs.hpp"

#include <algorithm>
#include <vector>

#include "components/linux/process/contract.hpp"
#include "components/linux/process/process.hpp"
#include "components/linux/process/registry.hpp"
#include "components/linux/process/thread.hpp"
#include "components/linux/signal/send.hpp"
#include "components/linux/syscall/table.hpp"
#include "components/linux/tty/terminal.hpp"

namespace tessera::lx {

namespace {

struct SessionTerminal {
  std::int32_t session = 0;
  Ref<Terminal> terminal;
};

std::vector<SessionTerminal>& terminals() {
  static std::vector<SessionTerminal> list;
  return list;
}

bool has_stopped_member(std::int32_t group) {
  bool stopped = false;
  registry().for_each_process([&](const Process& process) {
    stopped = stopped || (process.group == group && process.life == Life::alive && process.stopped);
  });
  return stopped;
}

std::int32_t pid_argument(std::uint64_t argument) {
  return static_cast<std::int32_t>(static_cast<std::uint32_t>(argument));
}

}  // namespace

Ref<Terminal> session_terminal(std::int32_t session) {
  for (const SessionTerminal& entry : terminals())
    if (entry.session == session) return entry.terminal;
  return nullptr;
}

void set_session_terminal(std::int32_t session, Ref<Terminal> terminal) {
  std::erase_if(terminals(), [session](const SessionTerminal& entry) { return entry.session == session; });
  if (terminal) terminals().push_back({.session = session, .terminal = std::move(terminal)});
}

void check_orphaned_group(std::int32_t group) {
  if (!process_group_is_orphaned(group) || !has_stopped_member(group)) return;
  (void)send_to_group(group, SignalInfo::plain(kSigHup, kCodeKernel));
  (void)send_to_group(group, SignalInfo::plain(kSigCont, kCodeKernel));
}

void leave_jobs(Process& process) {
  if (process.session == process.pid) {
    const Ref<Terminal> terminal = session_terminal(process.session);
    if (terminal) {
      set_session_terminal(process.session, nullptr);
      terminal->session_ended();
    }
  }
  // Only a group that this end makes an orphan is told: its own, if it was the
  // link to its parent's, and those of its children.
  const Process* const parent = process.parent;
  if (parent != nullptr && parent->group != process.group && parent->session == process.session)
    check_orphaned_group(process.group);
  std::vector<std::int32_t> groups;
  for (const Process* const child : process.children)
    if (child->group != process.group && child->session == process.session) groups.push_back(child->group);
  std::sort(groups.begin(), groups.end(), [](std::int32_t a, std::int32_t b) { return a < b; });
  groups.erase(std::unique(groups.begin(), groups.end()), groups.end());
  for (const std::int32_t group : groups) {
    // The children still name this process as parent: look as if it had gone.
    bool held = false;
    registry().for_each_process([&](const Process& member) {
      if (member.group != group || member.life != Life::alive || member.parent == nullptr) return;
      if (member.parent == &process) return;
      held = held || (member.parent->group != group && member.parent->session == member.session);
    });
    if (held || !has_stopped_member(group)) continue;
    (void)send_to_group(group, SignalInfo::plain(kSigHup, kCodeKernel));
    (void)send_to_group(group, SignalInfo::plain(kSigCont, kCodeKernel));
  }
}

void begin_session(Process& process) {
  registry().set_session(process, process.pid);
  registry().set_group(process, process.pid);
}

Result<std::int64_t> sys_setpgid(const Arguments& arguments) {
  Process& self = current_thread().process;
  const std::int32_t pid = pid_argument(arguments[0]);
  std::int32_t group = pid_argument(arguments[1]);
  if (group < 0) return fail(Errno::einval);
  Process* const target = pid == 0 ? &self : registry().process(pid);
  if (target == nullptr || target->life != Life::alive) return fail(Errno::esrch);
  if (target != &self) {
    if (target->parent != &self) return fail(Errno::esrch);
    if (target->session != self.session) return fail(Errno::eperm);
    if (target->did_exec) return fail(Errno::eacces);
  }
  if (target->session == target->pid) return fail(Errno::eperm);
  if (group == 0) group = target->pid;
  if (group != target->pid && !process_group_exists(group, self.session)) return fail(Errno::eperm);
  registry().set_group(*target, group);
  return 0;
}

Result<std::int64_t> sys_getpgid(const Arguments& arguments) {
  const std::int32_t pid = pid_argument(arguments[0]);
  const Process* const target = pid == 0 ? &current_thread().process : registry().process(pid);
  if (target == nullptr) return fail(Errno::esrch);
  return target->group;
}

Result<std::int64_t> sys_getpgrp(const Arguments&) { return current_process_group(); }

Result<std::int64_t> sys_getsid(const Arguments& arguments) {
  const std::int32_t pid = pid_argument(arguments[0]);
  const Process* const target = pid == 0 ? &current_thread().process : registry().process(pid);
  if (target == nullptr) return fail(Errno::esrch);
  return target->session;
}

Result<std::int64_t> sys_setsid(const Arguments&) {
  Process& self = current_thread().process;
  // A group of that number would get into two sessions.
  if (self.group == self.pid || registry().group_exists(self.pid)) return fail(Errno::eperm);
  begin_session(self);
  return self.session;
}

}  // namespace tessera::lx
