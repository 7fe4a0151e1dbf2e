// SPDX-License-Identifier: Apache-2.0
#include "components/linux/process/placement.hpp"

#include <array>
#include <linux_arch/ticks.hpp>

#include "components/linux/nucleus/carrier.hpp"
#include "components/linux/process/process.hpp"
#include "components/linux/process/registry.hpp"
#include "components/linux/process/thread.hpp"
#include "components/linux/time/clock.hpp"
#include "components/linux/time/timers.hpp"

namespace tessera::lx {

namespace {

constexpr std::uint64_t kSoonNs = 50'000;
// Who starts a process copies what it touches on the way to its wait.
constexpr std::uint64_t kSoonAfterStartNs = 500'000;
constexpr std::uint8_t kSurely = 2, kMostSure = 4;
constexpr std::uint64_t kEvenOutNs = 4'000'000;

// Threads, by processor. Changed with the lock held or shared.
std::array<std::atomic<std::uint32_t>, kMostProcessors> awake{};
std::uint32_t awake_on(unsigned processor) { return awake.at(processor).load(std::memory_order_relaxed); }

TimerEntry evening_out;
std::atomic<bool> evens_out_later{false};  // armed by who sets it: nobody else who shares the lock arms a timer

void even_out(TimerEntry&, void*);

// Two threads want one processor: perhaps they need not for long.
void look_later() {
  if (evens_out_later.load(std::memory_order_relaxed) || evens_out_later.exchange(true, std::memory_order_acquire)) return;
  evening_out.action = even_out;
  arm_timer(evening_out, monotonic_ns() + kEvenOutNs);
}

void count(Thread& thread) {
  if (thread.placement.counted) return;
  thread.placement.counted = true;
  const unsigned processor = thread.placement.processor;
  if (awake.at(processor).fetch_add(1, std::memory_order_relaxed) != 0) look_later();
}

void uncount(Thread& thread) {
  if (!thread.placement.counted) return;
  thread.placement.counted = false;
  awake.at(thread.placement.processor).fetch_sub(1, std::memory_order_relaxed);
}

void move(Thread& thread, unsigned to) {
  Placement& placement = thread.placement;
  if (placement.processor == to) return;
  const bool counted = placement.counted;
  uncount(thread);
  placement.processor = static_cast<std::uint8_t>(to);
  thread.system_sum = &system_ticks_of.at(to);
  if (counted) count(thread);
  thread.carrier->run_on(to);
  if (thread.restartable.address != 0) thread.check_section = thread.attention = true;  // its area tells the processor
}

// The one with the fewest threads; of equals the preferred one, then the lowest.
unsigned least_loaded(ProcessorSet set, unsigned preferred) {
  unsigned best = (set & just(preferred)) != 0 ? preferred : static_cast<unsigned>(std::countr_zero(set));
  for_each_processor(set, [&](unsigned number) {
    if (awake_on(number) < awake_on(best)) best = number;
  });
  return best;
}

unsigned choose(const Thread& thread) {
  const ProcessorSet set = allowed_processors(thread);
  const unsigned best = least_loaded(set, thread.placement.processor);
  if (Thread* const waker = current_or_null(); waker != nullptr && waker->placement.counted) {
    Placement& wakers = waker->placement;
    wakers.woke_ticks = read_ticks();
    wakers.started_new = !thread.placement.begun;
    const std::uint8_t sure = waker->ending ? kSurely : wakers.started_new ? wakers.gives_way_to_new : wakers.gives_way;
    const unsigned here = wakers.processor;
    // In its place there are no more threads than now: no worse than to be one more elsewhere.
    if (sure >= kSurely && (set & just(here)) != 0 && awake_on(here) <= awake_on(best) + 1) return here;
  }
  return best;
}

// A thread that runs where another waits, for an idle processor of the set.
Thread* find_movable(unsigned from, unsigned to) {
  Thread* found = nullptr;
  registry().for_each_process([&](const Process& process) {
    if (found != nullptr) return;
    for (Thread* const thread : process.threads) {
      const Placement& placement = thread->placement;
      if (placement.counted && placement.processor == from && (allowed_processors(*thread) & just(to)) != 0) found = thread;
    }
  });
  return found;
}

void even_out(TimerEntry&, void*) {
  evens_out_later.store(false, std::memory_order_relaxed);
  bool unequal = false;
  for_each_processor(processors(), [&](unsigned from) {
    while (awake_on(from) > 1) {
      unequal = true;
      const unsigned to = least_loaded(processors(), from);
      if (awake_on(to) + 1 >= awake_on(from)) break;
      Thread* const thread = find_movable(from, to);
      if (thread == nullptr) break;
      move(*thread, to);
    }
  });
  if (unequal) look_later();
}

}  // namespace

ProcessorSet allowed_processors(const Thread& thread) {
  const ProcessorSet set = thread.placement.allowed & processors();
  return set != 0 ? set : processors();
}

void choose_place(Thread& thread) {
  move(thread, choose(thread));
  thread.placement.begun = true;
  thread.carrier->run_on(thread.placement.processor);  // it may have carried another elsewhere
  count(thread);
}

bool alone_on_processor(const Thread& thread) { return awake_on(thread.placement.processor) <= 1; }

void count_awake(Thread& thread) { count(thread); }

void count_asleep(Thread& thread) {
  Placement& placement = thread.placement;
  if (placement.woke_ticks != 0) {
    const bool soon = ticks_to_ns(read_ticks() - placement.woke_ticks) < (placement.started_new ? kSoonAfterStartNs : kSoonNs);
    std::uint8_t& sure = placement.started_new ? placement.gives_way_to_new : placement.gives_way;
    if (!soon) sure = 0;
    else if (sure < kMostSure) ++sure;
    placement.woke_ticks = 0;
  }
  uncount(thread);
}

void obey_affinity(Thread& thread) {
  if ((allowed_processors(thread) & just(thread.placement.processor)) == 0)
    move(thread, least_loaded(allowed_processors(thread), thread.placement.processor));
}

}  // namespace tessera::lx
