// SPDX-License-Identifier: Apache-2.0
#include "components/linux/explain/explain.hpp"
#include "components/linux/trace/link.hpp"

#include <algorithm>

#include "components/linux/process/end.hpp"
#include "components/linux/process/notify_parent.hpp"
#include "components/linux/process/process.hpp"
#include "components/linux/process/registry.hpp"
#include "components/linux/process/thread.hpp"
#include "components/linux/process/wake.hpp"
#include "components/linux/signal/send.hpp"
#include "components/linux/trace/registers.hpp"
#include "components/linux/trace/stop.hpp"

namespace tessera::lx {

Result<void> may_trace(const Thread& by, const Thread& thread) {
  const Credentials& mine = by.credentials->value;
  if (&by.process == &thread.process || mine.euid == 0) return {};
  const Credentials& theirs = thread.credentials->value;
  const bool same = mine.uid == theirs.uid && mine.uid == theirs.euid && mine.uid == theirs.suid &&
                    mine.gid == theirs.gid && mine.gid == theirs.egid && mine.gid == theirs.sgid;
  return same && thread.process.dumpable ? Result<void>{} : fail(Errno::eperm);
}

void link_tracee(Thread& tracer, Thread& tracee, std::uint32_t options, bool seized) {
  tracee.traced = std::make_unique<Tracee>();
  tracee.traced->tracer = &tracer;
  tracee.traced->options = options;
  tracee.traced->seized = seized;
  if (!tracer.tracer) tracer.tracer = std::make_unique<Tracer>();
  tracer.tracer->tracees.push_back(&tracee);
}

void resume_tracee(Thread& tracee, GoOn how, int signal) {
  Tracee& traced = *tracee.traced;
  tracee.trace_signal = signal;
  traced.go_on = how;
  traced.stop = StopKind::none;
  traced.to_report = false;
  traced.listening = false;
  tracee.watched = how != GoOn::freely || explaining();
  if (how == GoOn::one_instruction && !trap_flag(tracee.registers())) {
    set_trap_flag(tracee.registers(), true);
    traced.own_step = true;
  }
  tracee.attention = true;
  wake_thread(tracee);
}

void unlink_tracee(Thread& tracee, int signal) {
  clear_own_step(tracee);
  std::erase(tracee.traced->tracer->tracer->tracees, &tracee);
  const bool stopped = tracee.traced->stop != StopKind::none;
  tracee.traced = nullptr;
  tracee.watched = explaining();
  tracee.attention = true;
  if (stopped) {
    tracee.trace_signal = signal;
    wake_thread(tracee);
  } else {
    interrupt_thread(tracee);
  }
}

namespace {

void kill(Process& process) { (void)send_to_process(process, SignalInfo::plain(kSigKill, kCodeKernel)); }

}  // namespace

void release_tracees(Thread& tracer) {
  if (!tracer.tracer) return;
  while (!tracer.tracer->tracees.empty()) {
    Thread& tracee = *tracer.tracer->tracees.back();
    const bool dies = (tracee.traced->options & kTraceExitKill) != 0;
    unlink_tracee(tracee, 0);
    if (dies) kill(tracee.process);
  }
  for (const EndedTracee& ended : tracer.tracer->ended) registry().release_ended(ended.tid);
  while (!tracer.tracer->processes.empty()) hand_to_parent(*tracer.tracer->processes.back());
  tracer.tracer = nullptr;
}

void stop_at_end(Thread& self) {
  if (!self.traced) return;
  Process& process = self.process;
  const int status = process.exiting ? process.status : self.exit_code << 8;
  stop_for_event(self, TraceEvent::exit, static_cast<std::uint64_t>(status));
}

void end_tracee(Thread& self, const Usage& usage) {
  if (!self.traced) return;
  Thread& tracer = *self.traced->tracer;
  Process& process = self.process;
  std::erase(tracer.tracer->tracees, &self);
  self.traced = nullptr;
  if (self.tid == process.pid) {
    process.end_tracer = &tracer;
    tracer.tracer->processes.push_back(&process);
    return;
  }
  const int status = process.exiting ? process.status : self.exit_code << 8;
  registry().keep_ended(self.tid);
  tracer.tracer->ended.push_back(
      {.tid = self.tid, .group = process.group, .status = status, .uid = self.credentials->value.uid, .usage = usage});
  const bool killed = (status & 0x7f) != 0;
  (void)send_to_process(tracer.process,
                        SignalInfo::child(killed ? kChildKilled : kChildExited, self.tid, self.credentials->value.uid,
                                          killed ? status & 0x7f : status >> 8 & 0xff, 0, 0));
  tracer.process.child_events.wake_all();
}

bool zombie_for_tracer(Process& process) {
  if (process.end_tracer == nullptr) return false;
  Thread& tracer = *process.end_tracer;
  if (&tracer.process == process.parent) {
    forget_first_thread(process);
    return false;
  }
  notify_tracer_of_exit(process, tracer.process);
  return true;
}

void forget_first_thread(Process& process) {
  if (process.end_tracer == nullptr) return;
  std::erase(process.end_tracer->tracer->processes, &process);
  process.end_tracer = nullptr;
}

void hand_to_parent(Process& process) {
  forget_first_thread(process);
  if (process.life != Life::zombie) return;
  if (notify_parent_of_exit(process)) reap(process);
}

void trace_child(Thread& maker, Thread& child) {
  const Tracee& traced = *maker.traced;
  link_tracee(*traced.tracer, child, traced.options, traced.seized);
  child.system_call = maker.system_call;
  set_trap_flag(child.registers(), trap_flag(child.registers()) && !traced.own_step);
  if (traced.seized) child.traced->trap_wanted = true;
  else child.pending.add(SignalInfo::plain(kSigStop, kCodeUser), 1);
  child.attention = true;
}

bool keeps_ids_on_exec(const Thread& thread) {
  return thread.traced && thread.traced->tracer->credentials->value.euid != 0;
}

bool traced_by_parent(const Process& process) {
  const Thread* const leader = process.leader();
  return leader != nullptr && leader->tid == process.pid && leader->traced &&
         &leader->traced->tracer->process == process.parent;
}

}  // namespace tessera::lx
