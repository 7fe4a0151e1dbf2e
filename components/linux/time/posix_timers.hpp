// SPDX-License-Identifier: Apache-2.0
// timer_create(2) and its family, per process.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "components/linux/core/errno.hpp"
#include "components/linux/time/timer_heap.hpp"

namespace tessera::lx {

class Process;
struct SignalInfo;

struct PosixTimer {
  Process* process = nullptr;
  std::int32_t id = 0;
  std::int32_t clock = 0;
  std::int32_t notify = 0;  // SIGEV_*
  std::int32_t signal = 0;
  std::int32_t thread = 0;  // SIGEV_THREAD_ID
  std::uint64_t value = 0;
  std::uint64_t interval_ns = 0;
  std::uint64_t due_ns = 0;    // when it last expired
  std::uint64_t overrun = 0;   // expiries that the last signal stood for beside its own
  bool awaits_taking = false;  // periodic, and stands still until its signal is taken
  TimerEntry entry;
};

// The process took a timer's signal: counts the periods that passed meanwhile, tells
// them in `info` and starts the next. A program that is slower than its timer gets
// fewer signals, and nobody else waits for either.
void posix_timer_signal_taken(Process& process, SignalInfo& info);

class PosixTimers {
 public:
  static constexpr std::size_t kMost = 1024;
  Result<PosixTimer*> create();
  [[nodiscard]] PosixTimer* find(std::int32_t id) const;
  bool remove(std::int32_t id);

 private:
  std::vector<std::unique_ptr<PosixTimer>> timers_;  // by id; null: free
};

}  // namespace tessera::lx
