// SPDX-License-Identifier: Apache-2.0
#include "kernel/sched/core_start.hpp"

#include "kernel/sched/cores.hpp"

namespace tessera::nucleus {

static std::atomic<bool> may_run{false};

bool await_core(const CoreStart& start, std::uint64_t limit_ns) {
  const std::uint64_t end = arch::now_ns() + limit_ns;
  while (!start.came.load(std::memory_order_acquire))
    if (arch::now_ns() > end) return false;
  return true;
}

void count_core(Core& core, CoreStart& start) {
  add_core(core);
  start.counted.store(true, std::memory_order_release);
}

void wait_to_run(Core& core, CoreStart& start) {
  start.came.store(true, std::memory_order_release);
  // Halted: many that spin would keep the next one from ever starting in an emulator.
  core.dozing = true;
  while (!may_run.load(std::memory_order_acquire) || !start.counted.load(std::memory_order_acquire)) arch::doze();
  core.dozing = false;
}

void let_cores_run() {
  may_run.store(true, std::memory_order_release);
  for (unsigned number = 1; number < core_count(); ++number) arch::interrupt_core(number);
}

}  // namespace tessera::nucleus
