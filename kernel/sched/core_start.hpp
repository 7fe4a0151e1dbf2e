// SPDX-License-Identifier: Apache-2.0
// How a core that starts and the one that starts it come together, whatever the machine does to start one.
#pragma once

#include <atomic>
#include <cstdint>

#include "kernel/sched/core.hpp"

namespace tessera::nucleus {

struct CoreStart {
  std::atomic<bool> came{false};
  std::atomic<bool> counted{false};  // it came in time, and is one of the machine's
};

// Of the core that starts another: waits until it is there. False: it is late.
bool await_core(const CoreStart& start, std::uint64_t limit_ns);
// Its core is one of the machine's, with the next number.
void count_core(Core& core, CoreStart& start);
// Of the core that started: it is there, and returns when cores may run.
void wait_to_run(Core& core, CoreStart& start);
// Those that were counted take part in scheduling from now on.
void let_cores_run();

}  // namespace tessera::nucleus
