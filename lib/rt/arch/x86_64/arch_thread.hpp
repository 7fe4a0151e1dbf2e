// SPDX-License-Identifier: Apache-2.0
// The thread pointer: FS base, which the nucleus sets to the thread's block when
// the thread starts (Thread.set_registers) and keeps over switches.
#pragma once

namespace tessera::rt {
struct ThreadBlock;
}

namespace tessera::rt::arch {

// The block's first word holds its own address.
[[gnu::always_inline]] inline ThreadBlock* current_block() {
  ThreadBlock* block;
  asm("mov %%fs:0, %0" : "=r"(block));
  return block;
}

// Address of a new thread's first instruction (thread_start.S).
extern "C" const char tessera_thread_start;

inline void relax() { asm volatile("pause"); }

}  // namespace tessera::rt::arch
