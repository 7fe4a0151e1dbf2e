// SPDX-License-Identifier: Apache-2.0
// One thread traced by another (ptrace(2)): who traces it, what was asked for, the
// stop it is in and how it is to go on.
//
// A tracee stops in itself, on its own carrier, wherever that happens in the
// personality; its registers lie in its carrier's page, where the tracer reads and
// edits them meanwhile. A Tracee lives from attach to detach, so who has slept in
// a stop must look at Thread::traced again. Guarded by the big lock.
#pragma once

#include <cstdint>
#include <vector>

#include "components/linux/process/usage.hpp"
#include "components/linux/signal/signal.hpp"

namespace tessera::lx {

class Process;
class Thread;

// PTRACE_O_* of Linux.
inline constexpr std::uint32_t kTraceGoodCalls = 0x1, kTraceFork = 0x2, kTraceVfork = 0x4, kTraceClone = 0x8,
                               kTraceExec = 0x10, kTraceVforkDone = 0x20, kTraceExit = 0x40, kTraceSeccomp = 0x80,
                               kTraceExitKill = 0x10'0000,
                               kTraceOptions = 0xff | kTraceExitKill;

// PTRACE_EVENT_*. All but stop have an option of the same number's bit.
enum class TraceEvent : std::uint8_t { fork = 1, vfork = 2, clone = 3, exec = 4, vfork_done = 5, exit = 6, stop = 128 };

enum class StopKind : std::uint8_t { none, call_entry, call_exit, signal, group, event };

enum class GoOn : std::uint8_t { freely, to_next_call, one_instruction };

struct Tracee {
  Thread* tracer = nullptr;
  std::uint32_t options = 0;
  bool seized = false;

  StopKind stop = StopKind::none;  // none: it runs
  bool to_report = false;          // wait has not told of the stop yet
  bool listening = false;          // PTRACE_LISTEN: stays, and wakes of itself for the next trap
  std::int32_t code = 0;           // of the stop: the upper bytes of wait's status
  SignalInfo info;                 // of the stop
  bool has_info = false;
  std::uint64_t message = 0;       // PTRACE_GETEVENTMSG

  GoOn go_on = GoOn::freely;
  bool trap_wanted = false;  // PTRACE_INTERRUPT, or job control changed below a seized thread
  bool past_stop = false;    // sent on by its tracer, although its process is stopped
  bool own_step = false;     // the trap flag is ours, not the program's
};

// A traced thread that ended, other than its process' first: kept until the tracer asked.
struct EndedTracee {
  std::int32_t tid = 0;
  std::int32_t group = 0;
  int status = 0;
  std::uint32_t uid = 0;
  Usage usage;
};

// What a thread has as a tracer.
struct Tracer {
  std::vector<Thread*> tracees;
  std::vector<EndedTracee> ended;
  std::vector<Process*> processes;  // whose first thread was a tracee and ended
};

}  // namespace tessera::lx
