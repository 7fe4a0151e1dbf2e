// SPDX-License-Identifier: Apache-2.0
#include "components/linux/process/notify_parent.hpp"

#include "components/linux/process/process.hpp"
#include "components/linux/process/thread.hpp"
#include "components/linux/signal/send.hpp"
#include "components/linux/time/clock.hpp"
#include "components/linux/trace/link.hpp"

namespace tessera::lx {

namespace {

// clock_t of siginfo: hundredths of a second.
std::uint64_t clock_ticks(std::uint64_t cpu_ns) { return cpu_ns / 10'000'000; }

std::uint32_t uid_of(const Process& process) {
  const Thread* const thread = process.leader();
  return thread != nullptr ? thread->credentials->value.uid : process.zombie_credentials->value.uid;
}

}  // namespace

void notify_parent_of_stop(Process& process) {
  Process* const parent = process.parent;
  if (parent == nullptr || parent->life != Life::alive || traced_by_parent(process)) return;
  const SignalAction& action = parent->actions->get(kSigChld);
  if (action.handler != kHandlerIgnore && (action.flags & kActionNoChildStop) == 0) {
    const bool stopped = process.stopped;
    (void)send_to_process(*parent, SignalInfo::child(stopped ? kChildStopped : kChildContinued, process.pid,
                                                     uid_of(process), stopped ? process.stop_signal : kSigCont, 0, 0));
  }
  parent->child_events.wake_all();
}

namespace {

SignalInfo exit_info(const Process& process) {
  const int signal = process.status & 0x7f;
  const std::int32_t code = signal == 0 ? kChildExited : (process.status & 0x80) != 0 ? kChildDumped : kChildKilled;
  return SignalInfo::child(code, process.pid, process.zombie_credentials->value.uid,
                           signal != 0 ? signal : process.status >> 8 & 0xff, clock_ticks(process.ended_threads.user_ns),
                           clock_ticks(process.ended_threads.system_ns));
}

}  // namespace

void notify_tracer_of_exit(const Process& process, Process& tracer) {
  (void)send_to_process(tracer, exit_info(process));
  tracer.child_events.wake_all();
}

bool notify_parent_of_exit(Process& process) {
  Process* const parent = process.parent;
  if (parent == nullptr || parent->life != Life::alive) return true;
  bool unwanted = false;
  int signal = process.exit_signal;
  if (signal == kSigChld) {
    const SignalAction& action = parent->actions->get(kSigChld);
    unwanted = action.handler == kHandlerIgnore || (action.flags & kActionNoChildWait) != 0;
    if (action.handler == kHandlerIgnore) signal = 0;
  }
  if (signal != 0) {
    SignalInfo info = exit_info(process);
    info.signal = signal;
    (void)send_to_process(*parent, info);
  }
  parent->child_events.wake_all();
  return unwanted;
}

}  // namespace tessera::lx
