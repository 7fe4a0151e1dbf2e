// SPDX-License-Identifier: Apache-2.0
// Between tracer and tracee: how the tie is made, used to send the tracee on, and cut.
#pragma once

#include <cstdint>

#include "components/linux/core/errno.hpp"
#include "components/linux/trace/tracee.hpp"

namespace tessera::lx {

// Linux' PTRACE_MODE_ATTACH with the caller's real ids: EPERM.
Result<void> may_trace(const Thread& by, const Thread& thread);
void link_tracee(Thread& tracer, Thread& tracee, std::uint32_t options, bool seized);
// Ends its stop, if it is in one.
void resume_tracee(Thread& tracee, GoOn how, int signal);
// Cuts the tie and lets the tracee go on.
void unlink_tracee(Thread& tracee, int signal);

// The tracer ends: it lets all its tracees go, or kills them (PTRACE_O_EXITKILL).
void release_tracees(Thread& tracer);

// --- the tracee's end
// Before its thread is taken apart: the exit event's stop.
void stop_at_end(Thread& self);
// The thread is no longer one of its process: what the tracer will ask for stays with it.
void end_tracee(Thread& self, const Usage& usage);
// The process is a zombie. True: its tracer is to see it first.
bool zombie_for_tracer(Process& process);
// Another thread became the first one, by exec.
void forget_first_thread(Process& process);
// After that: as if nobody had traced it.
void hand_to_parent(Process& process);

// clone: the child is traced too, as its maker is. Before the child runs.
void trace_child(Thread& maker, Thread& child);

// A set-user-ID program run under a tracer that may not trace it keeps its caller's ids.
bool keeps_ids_on_exec(const Thread& thread);
// The first thread is traced by a thread of the parent: its stops are told as a tracee's.
bool traced_by_parent(const Process& process);

}  // namespace tessera::lx
