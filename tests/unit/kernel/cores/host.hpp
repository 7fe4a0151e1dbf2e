// SPDX-License-Identifier: Apache-2.0
// Several cores of a machine, each played by a thread: it makes calls for whatever
// thread of the machine runs on its core, and takes interrupts between them.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "tests/unit/kernel/fixture/machine.hpp"

namespace tessera::nucleus::test {

// A machine with cores and a thread of priority 0 on each, which is always ready: a core
// idles only when a test has that wait, too.
class World {
 public:
  static constexpr std::uint64_t kMs = 1'000'000;
  static constexpr std::uint8_t kPriority = 50;

  explicit World(unsigned cores);

  struct Made {
    Thread* thread = nullptr;
    std::uint64_t cap = 0;
  };
  unsigned cores;
  struct Cores {  // before the machine
    explicit Cores(unsigned count) { arch::hosted::start_cores(count); }
  } started;
  Machine m;
  std::vector<std::uint64_t> budgets;  // without limit, one for each core
  std::vector<Thread*> keepers;        // of priority 0, by core

  [[nodiscard]] std::uint64_t make_budget(unsigned core);
  // Ready on the core of the budget, with the machine's table and space unless another space is given.
  [[nodiscard]] Made make_thread(std::uint64_t budget, std::uint8_t priority = kPriority, std::uint64_t space = 0);
  // The setup is done: who made it runs only when no other does.
  void set_up();
};

// What the running thread of the calling core does: one call, made again if it is preempted
// as soon as the thread runs next.
void start(Thread& thread, abi::Call number, std::uint64_t handle, std::span<const std::uint64_t> words = {}, std::uint32_t label = 0,
           std::uint64_t reply = 0, unsigned capabilities = 0, unsigned word_count = ~0u);
// True: the thread's call was preempted, and is made again now.
bool start_again(Thread& thread);

// User mode until the thread runs on the calling core.
void await(const Thread& thread);
// A call of a thread of the calling core from its begin to its end.
Outcome call(Thread& thread, abi::Call number, std::uint64_t handle, Words words = {}, std::uint32_t label = 0, std::uint64_t reply = 0);
template <typename Method>
Outcome invoke(Thread& thread, std::uint64_t handle, Method method, Words words = {}) {
  return call(thread, abi::Call::invoke, handle, words, static_cast<std::uint32_t>(method));
}

// Plays all bodies at once, the first on the core of the calling thread, the next on core 1,
// and so on. A core whose body has ended stays in user mode until all have. While the others
// come to their ends the first calls `wake`, for those that idle.
void play(const std::vector<std::function<void()>>& bodies, const std::function<void()>& wake = {});

// The handle to what is in the machine's slot now: a guess, when others change it.
[[nodiscard]] std::uint64_t peek(CapTable& table, std::uint64_t index);
[[nodiscard]] ObjectType peek_type(CapTable& table, std::uint64_t index);

}  // namespace tessera::nucleus::test
