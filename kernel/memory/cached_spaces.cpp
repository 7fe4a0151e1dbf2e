// SPDX-License-Identifier: Apache-2.0
#include "kernel/memory/cached_spaces.hpp"

#include "kernel/sched/cores.hpp"

namespace tessera::nucleus {

void draw_stamp(SpaceNumber& space, bool here, bool of_guests) {
  Core& core = this_core();
  const std::uint64_t before = space.stamp, now = core.block.spaces.new_stamp(core.number);
  space.stamp = now;
  if (here) core.block.spaces.keep(space.number, before, now);
  for (unsigned i = 0; of_guests && i < core_count(); ++i) all_cores[i]->block.spaces.forget_all();
  std::atomic_thread_fence(std::memory_order_seq_cst);
}

}  // namespace tessera::nucleus
