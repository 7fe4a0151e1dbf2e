// SPDX-License-Identifier: Apache-2.0
// Where traced threads stop. Each function is called by the thread itself and
// returns when its tracer lets it go on, when there is no tracer any more, or when
// the thread is to end. All do nothing for a thread that nobody traces, unless
// they say otherwise.
#pragma once

#include <cstdint>

#include "components/linux/trace/tracee.hpp"

namespace tessera::lx {

// Signal-delivery-stop. The tracer may change the signal or take it away: false.
bool stop_for_signal(Thread& self, SignalInfo& info);
// Group-stop: its process is stopped. Returns too when that ended.
void stop_with_group(Thread& self);
// PTRACE_EVENT_STOP, when Tracee::trap_wanted.
void stop_as_wanted(Thread& self);
// A new, single-stepped handler stands at its first instruction.
void stop_at_handler(Thread& self);
// The event's stop, where the tracer asked for it.
bool wants_event(const Thread& self, TraceEvent event);
void stop_for_event(Thread& self, TraceEvent event, std::uint64_t message);

// Around a system call whose number the guest's registers hold. False: the tracer
// took the call away.
bool stop_at_call(Thread& self);
void stop_after_call(Thread& self);

// It must not go on because its process is stopped (traced or not).
bool held_by_stop(const Thread& thread);
// SIGCONT or a new stop came to the process: its seized threads tell their tracer.
void tell_of_job_control(Process& process);
// A new stop holds threads again that were sent on in an earlier one.
void hold_again(Process& process);
// The trap flag that is not the program's own goes.
void clear_own_step(Thread& thread);

}  // namespace tessera::lx
