// SPDX-License-Identifier: Apache-2.0
// What the file systems ask about the calling thread (process/contract.hpp).
#include "components/linux/process/contract.hpp"
#include "components/linux/process/jobs.hpp"
#include "components/linux/process/process.hpp"
#include "components/linux/process/registry.hpp"
#include "components/linux/process/thread.hpp"
#include "components/linux/signal/send.hpp"
#include "components/linux/tty/terminal.hpp"

namespace tessera::lx {

Thread& current_thread() { return *current_or_null(); }
unsigned current_processor() {
  const Thread* const self = current_or_null();
  return self != nullptr ? self->placement.processor : 0;
}
const Credentials& current_credentials() { return current_thread().credentials->value; }
FsContext& current_fs() { return *current_thread().fs; }
FileTable& current_files() { return *current_thread().files; }
std::int32_t current_pid() { return current_thread().process.pid; }
std::int32_t current_tid() { return current_thread().tid; }
std::int32_t current_process_group() { return current_thread().process.group; }
std::int32_t current_session() { return current_thread().process.session; }
bool current_is_session_leader() { return current_session() == current_pid(); }

std::uint64_t current_limit(unsigned resource) {
  return resource < kLimitCount ? current_thread().process.limits[resource].soft : kNoLimit;
}

bool current_signal_pending() { return signal_waits(current_thread()); }

bool current_signal_ignored_or_blocked(int signal) {
  const Thread& self = current_thread();
  return self.blocked.contains(signal) || self.process.actions->get(signal).handler == kHandlerIgnore;
}

void signal_current(int signal) {
  Thread& self = current_thread();
  // SIGPIPE, SIGXFSZ: to the thread that made the call, as on Linux.
  (void)send_to_thread(self, SignalInfo::from(signal, kCodeUser, self.process.pid, self.credentials->value.uid));
}

void signal_process_group(std::int32_t group, int signal) {
  (void)send_to_group(group, SignalInfo::plain(signal, kCodeKernel));
}

bool process_group_exists(std::int32_t group, std::int32_t session) {
  bool found = false;
  registry().for_each_process([&](const Process& process) {
    found = found || (process.group == group && process.session == session && process.life != Life::reaped);
  });
  return found;
}

Result<std::int32_t> session_of_group(std::int32_t group) {
  if (group <= 0 || !registry().in_use(group)) return fail(Errno::esrch);
  std::int32_t session = 0;
  registry().for_each_process([&](const Process& process) {
    if (process.group == group && process.life != Life::reaped) session = process.session;
  });
  if (session != 0) return session;
  const Process* const process = registry().process(group);
  if (process == nullptr) return fail(Errno::eperm);
  return process->session;
}

bool process_group_is_orphaned(std::int32_t group) {
  bool orphaned = true;
  registry().for_each_process([&](const Process& process) {
    if (process.group != group || process.life != Life::alive) return;
    const Process* const parent = process.parent;
    // The first process counts like any other: it is often the shell itself.
    if (parent == nullptr) return;
    if (parent->group != group && parent->session == process.session) orphaned = false;
  });
  return orphaned;
}

Ref<Terminal> current_terminal() { return session_terminal(current_session()); }

}  // namespace tessera::lx
