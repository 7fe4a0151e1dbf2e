// SPDX-License-Identifier: Apache-2.0
#include "components/linux/signal/mask.hpp"

#include <atomic>
#include "components/linux/signal/signal_frame.hpp"

#include "components/linux/process/process.hpp"
#include "components/linux/process/thread.hpp"
#include "components/linux/process/wake.hpp"
#include "components/linux/signal/alternate_stack.hpp"
#include "components/linux/signal/send.hpp"

namespace tessera::lx {

// Who sends a signal makes it pending and then looks at the mask (send.cpp): one of the two
// sees what the other did.
bool try_signal_mask(Thread& thread, SignalSet blocked) {
  const SignalSet old = thread.blocked;
  thread.blocked = blocked - kUnblockable;
  std::atomic_thread_fence(std::memory_order_seq_cst);
  if ((thread.pending.pending() | thread.process.pending.pending()).empty()) return true;
  thread.blocked = old;
  return false;
}

void set_signal_mask(Thread& thread, SignalSet blocked) {
  blocked = blocked - kUnblockable;
  const SignalSet added = blocked - thread.blocked;
  thread.blocked = blocked;
  if (signal_waits(thread)) thread.attention = true;
  // A signal of the process that this thread was woken for is now another's.
  Process& process = thread.process;
  if (process.threads.size() > 1 && !(process.pending.pending() & added).empty()) {
    for (Thread* const other : process.threads)
      if (other != &thread && signal_waits(*other)) interrupt_thread(*other);
  }
}

void use_temporary_mask(Thread& thread, SignalSet blocked) {
  if (!thread.mask_to_restore) thread.mask_to_restore = thread.blocked;
  set_signal_mask(thread, blocked);
  thread.attention = true;  // puts the mask back, in any case
}

bool on_alternate_stack(const Thread& thread, std::uint64_t stack_pointer) {
  const AlternateStack& stack = thread.alternate_stack;
  if ((stack.flags & (kStackDisabled | kStackAutoDisarm)) != 0) return false;
  return stack_pointer > stack.start && stack_pointer - stack.start <= stack.bytes;
}

std::uint32_t alternate_stack_flags(const Thread& thread, std::uint64_t stack_pointer) {
  const AlternateStack& stack = thread.alternate_stack;
  if ((stack.flags & kStackDisabled) != 0) return kStackDisabled;
  return (stack.flags & kStackAutoDisarm) | (on_alternate_stack(thread, stack_pointer) ? kStackOn : 0);
}

void restore_alternate_stack(Thread& thread, std::uint64_t start, std::uint32_t flags, std::uint64_t bytes) {
  const std::uint32_t mode = flags & ~kStackAutoDisarm;
  if (mode != 0 && mode != kStackDisabled && mode != kStackOn) return;
  if (mode == kStackDisabled) {
    thread.alternate_stack = AlternateStack{};
    return;
  }
  if (bytes < smallest_signal_stack(thread)) return;
  thread.alternate_stack = AlternateStack{.start = start, .flags = flags & kStackAutoDisarm, .bytes = bytes};
}

}  // namespace tessera::lx
