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

struct PosixTimer {
  Process* process = nullptr;
  std::int32_t id = 0;
  std::int32_t clock = 0;
  std::int32_t notify = 0;  // SIGEV_*
  std::int32_t signal = 0;
  std::int32_t thread = 0;  // SIGEV_THREAD_ID
  std::uint64_t value = 0;
  std::uint64_t interval_ns = 0;
  std::uint64_t overrun = 0;
  TimerEntry entry;
};

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
