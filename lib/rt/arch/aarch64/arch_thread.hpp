// SPDX-License-Identifier: Apache-2.0
// The thread pointer: TPIDR_EL0, which the nucleus sets to the thread's block when
// the thread runs (Thread.set_registers).
#pragma once

namespace tessera::rt {
struct ThreadBlock;
}

namespace tessera::rt::arch {

[[gnu::always_inline]] inline ThreadBlock* current_block() {
  ThreadBlock* block;
  asm("mrs %0, tpidr_el0" : "=r"(block));
  return block;
}

// Address of a new thread's first instruction (thread_start.S).
extern "C" const char tessera_thread_start;

inline void relax() { asm volatile("yield"); }

}  // namespace tessera::rt::arch
