// SPDX-License-Identifier: Apache-2.0
#include "components/linux/trace/registers.hpp"
#include "components/linux/trace/stop.hpp"

#include <linux_arch/registers.hpp>

#include "components/linux/core/wait.hpp"
#include "components/linux/nucleus/carrier.hpp"
#include "components/linux/process/contract.hpp"
#include "components/linux/process/process.hpp"
#include "components/linux/process/thread.hpp"
#include "components/linux/process/wake.hpp"
#include "components/linux/signal/actions.hpp"
#include "components/linux/signal/send.hpp"
#include "components/linux/trace/link.hpp"

namespace tessera::lx {

namespace {

constexpr std::int32_t kCallBit = 0x80;
constexpr std::uint64_t kMessageEntry = 1, kMessageExit = 2;

struct Stop {
  StopKind kind = StopKind::none;
  std::int32_t code = 0;
  const SignalInfo* info = nullptr;
};

void tell_tracer(Thread& self) {
  const Tracee& traced = *self.traced;
  Process& tracer = traced.tracer->process;
  const SignalAction& action = tracer.actions->get(kSigChld);
  if (action.handler != kHandlerIgnore && (action.flags & kActionNoChildStop) == 0) {
    const bool group = traced.stop == StopKind::group || (traced.seized && traced.code >> 8 == static_cast<int>(TraceEvent::stop));
    (void)send_to_process(tracer, SignalInfo::child(group ? kChildStopped : kChildTrapped, self.tid,
                                                    self.credentials->value.uid, traced.code & 0x7f, 0, 0));
  }
  tracer.child_events.wake_all();
}

// A process that was killed waits for nobody; one that ends of itself does, at its end.
bool goes_at_once(const Thread& self, bool at_end) {
  if (!self.ending) return false;
  return !at_end || (self.process.exiting && (self.process.status & 0x7f) == kSigKill);
}

void stop(Thread& self, const Stop& what, bool at_end = false) {
  if (goes_at_once(self, at_end)) return;
  clear_own_step(self);
  self.carrier->sync();
  {
    Tracee& traced = *self.traced;
    traced.stop = what.kind;
    traced.code = what.code;
    traced.has_info = what.info != nullptr;
    if (what.info != nullptr) traced.info = *what.info;
    traced.to_report = true;
    traced.listening = false;
  }
  self.trace_signal = 0;
  tell_tracer(self);
  while (self.traced && self.traced->stop != StopKind::none && !goes_at_once(self, at_end)) {
    if (at_end) (void)sleep_until_woken();
    else (void)sleep_uninterruptible();
  }
  if (!self.traced) return;
  self.traced->stop = StopKind::none;
  self.traced->to_report = false;
}

SignalInfo trap_info(const Thread& self, std::int32_t code) {
  return SignalInfo::from(kSigTrap, code, self.process.pid, self.credentials->value.uid);
}

// What the tracer sends on with a stop that is no signal's comes as a signal of its own.
void take_signal(Thread& self) {
  if (self.trace_signal == 0) return;
  (void)send_to_thread(self, SignalInfo::plain(self.trace_signal, kCodeKernel));
}

void stop_at_boundary(Thread& self, StopKind kind, std::uint64_t message) {
  const std::int32_t code = kSigTrap | ((self.traced->options & kTraceGoodCalls) != 0 ? kCallBit : 0);
  self.traced->message = message;
  const SignalInfo info = trap_info(self, code);
  stop(self, {.kind = kind, .code = code, .info = &info});
  take_signal(self);
}

void stop_with_code(Thread& self, std::int32_t code, bool at_end) {
  const SignalInfo info = trap_info(self, code);
  stop(self, {.kind = StopKind::event, .code = code, .info = &info}, at_end);
}

}  // namespace

bool stop_for_signal(Thread& self, SignalInfo& info) {
  if (!self.traced || info.signal == kSigKill) return true;
  const SignalInfo delivered = info;
  stop(self, {.kind = StopKind::signal, .code = delivered.signal, .info = &delivered});
  const int signal = self.trace_signal;
  if (signal == 0) return false;
  if (self.traced && signal == self.traced->info.signal) {
    info = self.traced->info;
  } else if (signal != delivered.signal) {
    const std::int32_t sender = self.traced ? self.traced->tracer->tid : 0;
    const std::uint32_t uid = self.traced ? self.traced->tracer->credentials->value.uid : 0;
    info = SignalInfo::from(signal, kCodeUser, sender, uid);
  }
  if (!self.blocked.contains(signal)) return true;
  (void)send_to_thread(self, info);
  return false;
}

void stop_with_group(Thread& self) {
  if (self.traced->seized) return stop_as_wanted(self);
  stop(self, {.kind = StopKind::group, .code = self.process.stop_signal, .info = nullptr});
  if (self.traced && self.process.stopped) self.traced->past_stop = true;
}

void stop_as_wanted(Thread& self) {
  self.traced->trap_wanted = false;
  const bool group = held_by_stop(self);
  const std::int32_t signal = group ? self.process.stop_signal : kSigTrap;
  const std::int32_t code = signal | static_cast<std::int32_t>(TraceEvent::stop) << 8;
  SignalInfo info = trap_info(self, code);
  info.signal = signal;
  stop(self, {.kind = group ? StopKind::group : StopKind::event, .code = code, .info = &info});
  if (self.traced && group && self.process.stopped && !self.traced->trap_wanted) self.traced->past_stop = true;
}

void stop_at_handler(Thread& self) {
  if (!self.traced || self.traced->go_on != GoOn::one_instruction) return;
  stop_with_code(self, kSigTrap, false);
  take_signal(self);
}

bool wants_event(const Thread& self, TraceEvent event) {
  return self.traced && (self.traced->options >> static_cast<unsigned>(event) & 1) != 0;
}

void stop_for_event(Thread& self, TraceEvent event, std::uint64_t message) {
  if (!self.traced) return;
  if (wants_event(self, event)) {
    self.traced->message = message;
    if (event != TraceEvent::exit) show_call_under_way(self.registers());
    stop_with_code(self, kSigTrap | static_cast<std::int32_t>(event) << 8, event == TraceEvent::exit);
  } else if (event == TraceEvent::exec && !self.traced->seized) {
    (void)send_to_thread(self, SignalInfo::from(kSigTrap, kCodeUser, self.process.pid, self.credentials->value.uid));
  }
}

bool stop_at_call(Thread& self) {
  Registers& guest = self.registers();
  self.system_call = call_number(guest);
  if (!self.traced || self.traced->go_on != GoOn::to_next_call) return true;
  show_call_under_way(guest);
  stop_at_boundary(self, StopKind::call_entry, kMessageEntry);
  return !self.ending && self.system_call != kNoCall;
}

void stop_after_call(Thread& self) {
  if (!self.traced || self.ending) return;
  if (self.traced->go_on == GoOn::to_next_call) {
    stop_at_boundary(self, StopKind::call_exit, kMessageExit);
  } else if (self.traced->go_on == GoOn::one_instruction) {
    clear_own_step(self);
    force_signal(self, SignalInfo::fault(kSigTrap, kCodeTrapBreak, instruction_pointer(self.registers())));
  }
}

bool held_by_stop(const Thread& thread) {
  if (thread.process.dumper != nullptr) return thread.process.dumper != &thread;
  return thread.process.stopped && !(thread.traced && thread.traced->past_stop);
}

void tell_of_job_control(Process& process) {
  for (Thread* const thread : process.threads) {
    if (!thread->traced) continue;
    Tracee& traced = *thread->traced;
    traced.past_stop = false;
    if (!traced.seized) continue;  // its tracer alone ends its stop
    traced.trap_wanted = true;
    if (traced.listening) resume_tracee(*thread, GoOn::freely, 0);
    else interrupt_thread(*thread);
  }
}

void hold_again(Process& process) {
  for (Thread* const thread : process.threads) {
    if (!thread->traced || !thread->traced->past_stop) continue;
    thread->traced->past_stop = false;
    interrupt_thread(*thread);
  }
}

void clear_own_step(Thread& thread) {
  if (!thread.traced || !thread.traced->own_step) return;
  thread.traced->own_step = false;
  set_trap_flag(thread.registers(), false);
}

}  // namespace tessera::lx
