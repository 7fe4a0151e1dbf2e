// SPDX-License-Identifier: Apache-2.0
#include "kernel/sched/vector_state.hpp"

#include "kernel/sched/cores.hpp"

namespace tessera::nucleus::arch {

void save_extended(Thread& thread) {
  CoreBlock& block = *core_block();
  if (block.extended_owner != &thread) return;
  block.extended_owner = nullptr;
  abi::GuestState& state = *thread.guest;
  if (!is_newer(state)) store_extended(state);
}

// Only its last core can hold it: bring_home.
void forget_extended(Thread& thread) {
  CoreBlock& block = core_of(thread).block;
  if (block.extended_owner == &thread) block.extended_owner = nullptr;
}

void leave_core() {
  if (Thread* const owner = core_block()->extended_owner; owner != nullptr) save_extended(*owner);
  leave_address_space();
}

void bring_home(Thread& thread) NO_LOCK_ANALYSIS {
  Core& last = core_of(thread);
  if (last.block.extended_owner != &thread) return;
  if (&last != &this_core()) return halt(last);
  save_extended(thread);
}

}  // namespace tessera::nucleus::arch
