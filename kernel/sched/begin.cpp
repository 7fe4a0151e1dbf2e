// SPDX-License-Identifier: Apache-2.0
#include "kernel/sched/begin.hpp"

#include "kernel/sched/scheduler.hpp"

namespace tessera::nucleus {

extern "C" [[noreturn]] void return_to_thread();

void begin_scheduling() {
  Core& core = this_core();
  core.charged_until = arch::now_ticks();
  {
    const Holding hold(object_lock);
    schedule();
  }
  return_to_thread();
}

}  // namespace tessera::nucleus
