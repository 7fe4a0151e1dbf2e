// SPDX-License-Identifier: Apache-2.0
// The machine's cores: what the nucleus keeps for each, and starting all but the first.
#pragma once

#include <cstdint>

#include "acpi.hpp"
#include "descriptors.hpp"
#include "kernel/sched/core_start.hpp"
#include "kernel/sched/cores.hpp"

namespace tessera::nucleus::arch {

struct CoreArea {
  Core core;
  Descriptors descriptors;
  CoreStart start;
};

// Makes the running core's area its own; `stack_end`: of CORE_STACK_BYTES.
void enter_core(CoreArea& area, const std::byte* stack_end);

// Memory for a core: a number of bytes that is a power of two, aligned to it, of the
// core's node if that has such a block.
using TakeForCore = PhysAddr (*)(std::uint64_t bytes, std::uint32_t apic_id);

// Starts the cores that firmware lists, one by one, with memory from `take`. One that
// does not come up is reported and left out. Returns how many there are then, with the
// first. They wait.
unsigned start_cores(const AcpiFacts& acpi, TakeForCore take);

// Of a core by its number.
std::uint32_t apic_id_of(unsigned core);

}  // namespace tessera::nucleus::arch
