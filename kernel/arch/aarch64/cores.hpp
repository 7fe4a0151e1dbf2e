// SPDX-License-Identifier: Apache-2.0
// The machine's cores: what the nucleus keeps for each, and starting all but the first.
#pragma once

#include "kernel/sched/core_start.hpp"
#include "kernel/sched/cores.hpp"
#include "kernel/boot/tree_facts.hpp"

namespace tessera::nucleus::arch {

struct CoreArea {
  Core core;
  CoreStart start;
};

// Makes the running core's area its own; `stack_end`: of CORE_STACK_BYTES.
void enter_core(CoreArea& area, const std::byte* stack_end);
// Starts the cores that the device tree lists, one by one, with memory from `take`: a number
// of bytes that is a power of two, aligned to it, for the core with a place in the list. One that
// does not come up is reported and left out. Returns how many there are then, with the first. They wait.
unsigned start_cores(const TreeFacts& tree, PhysAddr (*take)(std::uint64_t bytes, std::size_t place));
// The place in the list of a core that runs; behind its end: it is not there.
std::size_t listed_place(const TreeFacts& tree, unsigned core);

}  // namespace tessera::nucleus::arch
