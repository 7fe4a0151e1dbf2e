// SPDX-License-Identifier: Apache-2.0
// A process: what its threads share that is not memory, files or credentials, and
// what remains of it (a zombie) until the parent asked.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "components/linux/core/wait.hpp"
#include "components/linux/process/credentials.hpp"
#include "components/linux/process/limits.hpp"
#include "components/linux/process/usage.hpp"
#include "components/linux/signal/actions.hpp"
#include "components/linux/signal/queue.hpp"
#include "components/linux/time/timer_heap.hpp"

namespace tessera::lx {

class Thread;
class PosixTimers;
class ProcessHandle;

enum class Life : std::uint8_t { alive, zombie, reaped };

// setitimer(2): ITIMER_REAL, VIRTUAL, PROF.
struct IntervalTimer {
  TimerEntry entry;
  std::uint64_t interval_ns = 0;
  std::uint64_t target_ns = 0;  // of the clock it counts; 0 when disarmed
};

class Process {
 public:
  explicit Process(std::int32_t id);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  const std::int32_t pid;
  std::int32_t group = 0;
  std::int32_t session = 0;
  Process* parent = nullptr;
  std::vector<Process*> children;
  std::vector<Thread*> threads;
  // The thread that /proc and signals to the process look at first. Its id is the pid.
  [[nodiscard]] Thread* leader() const { return threads.empty() ? nullptr : threads.front(); }

  Life life = Life::alive;
  bool exiting = false;       // all threads are to end
  bool exec_running = false;  // a thread in exec waits for the others to end
  int status = 0;             // as wait4 tells it, valid once exiting
  int exit_signal = 0;
  bool did_exec = false;

  Ref<SignalActions> actions;
  SignalQueue pending;
  WaitQueue signal_arrived;  // any, also one that is blocked: signalfd
  bool stopped = false;
  int stop_signal = 0;
  bool stop_to_report = false;
  bool continue_to_report = false;
  WaitQueue resumed;       // its own stopped threads
  WaitQueue child_events;  // threads in wait4
  Thread* dumper = nullptr;  // writes the core file; all others are held
  WaitQueue thread_ended;  // exec waits here
  Thread* end_tracer = nullptr;  // who traced the first thread when it ended
  std::int32_t maker = 0;        // thread of the parent that made it
  bool vfork_child = false;  // the parent waits until memory is given up
  WaitQueue vfork_done;

  Limits limits{};
  Usage ended_threads;
  Usage children_usage;
  std::uint64_t start_ns = 0;
  std::array<char, 16> name{};  // of the zombie
  Ref<CredentialSet> zombie_credentials;

  std::array<IntervalTimer, 3> interval_timers;
  TimerEntry cpu_limit_timer;       // RLIMIT_CPU
  std::uint64_t cpu_warnings = 0;  // seconds over the soft limit that were told
  std::unique_ptr<PosixTimers> posix_timers;
  std::uint64_t personality = 0;
  bool dumpable = true;
  bool keep_capabilities = false;
  bool no_new_privileges = false;
  bool child_subreaper = false;
  Ref<ProcessHandle> handle;  // for its descriptors; null while there was none
};

}  // namespace tessera::lx
