// SPDX-License-Identifier: Apache-2.0
// What a thread knows of itself, found through the thread pointer. It lies at the
// top of the thread's stack; the nucleus sets the thread pointer to it.
#pragma once

#include <abi/nucleus.hpp>
#include <atomic>
#include <cstdint>

#include <arch_thread.hpp>

namespace tessera::rt {

class FramePool;

struct ThreadBlock {
  ThreadBlock* self = nullptr;              // first: what the thread pointer leads to
  abi::MessagePage* message_page = nullptr;
  std::uint64_t thread = 0;                 // handle of the Thread
  std::uint64_t notification = 0;           // of its own, to sleep on; 0 when there was no memory for one
  void* user = nullptr;                     // the component's
  void (*entry)(void*) = nullptr;           // what a thread made by Thread::create runs
  void* argument = nullptr;
  std::uint64_t exited = 0;                 // set when entry has returned
  ThreadBlock* next_free = nullptr;         // stacks that await reuse
  std::atomic<std::uint64_t> shelf{0};      // of the heap: where it takes small blocks from and puts them back
  FramePool* frames = nullptr;              // of its tasks; null: it has no executor
};

// Room kept for it at the top of a stack.
inline constexpr std::uint64_t kThreadBlockBytes = 256;
static_assert(sizeof(ThreadBlock) <= kThreadBlockBytes);

[[gnu::always_inline]] inline ThreadBlock& current() { return *arch::current_block(); }

}  // namespace tessera::rt
