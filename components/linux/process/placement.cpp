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
constexpr std::uint8_t kWatchedWakes = 8;  // of those of a thread that one is most sure of, one in so many
constexpr std::uint64_t kEvenOutNs = 4'000'000;

std::uint32_t awake_on(unsigned processor) { return counts_of.at(processor).awake.load(std::memory_order_relaxed); }

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
  if (counts_of.at(processor).awake.fetch_add(1, std::memory_order_relaxed) != 0) look_later();
}

void uncount(Thread& thread) {
  if (!thread.placement.counted) return;
  thread.placement.counted = false;
  counts_of.at(thread.placement.processor).awake.fetch_sub(1, std::memory_order_relaxed);
}

void move(Thread& thread, unsigned to) {
  Placement& placement = thread.placement;
  if (placement.processor == to) return;
  const bool counted = placement.counted;
  uncount(thread);
  placement.processor = static_cast<std::uint8_t>(to);
  thread.system_sum = &counts_of.at(to).system_ticks;
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

// Whether who wakes the thread will sleep at once.
bool gives_way(const Thread& waker, Placement& wakers, const Thread& thread) {
  wakers.started_new = !thread.placement.begun;
  const std::uint8_t sure = waker.ending ? kSurely : wakers.started_new ? wakers.gives_way_to_new : wakers.gives_way;
  if (sure < kMostSure || ++wakers.unwatched_wakes % kWatchedWakes == 0) wakers.woke_ticks = read_ticks();
  return sure >= kSurely;
}

unsigned choose(const Thread& thread) {
  const ProcessorSet set = allowed_processors(thread);
  const auto best = [&] { return least_loaded(set, thread.placement.processor); };
  Thread* const waker = current_or_null();
  if (waker == nullptr || !waker->placement.counted || !gives_way(*waker, waker->placement, thread)) return best();
  const unsigned here = waker->placement.processor;
  if ((set & just(here)) == 0) return best();
  // In its place there are no more threads than now: no worse than to be one more elsewhere.
  if (awake_on(here) <= 1) return here;
  const unsigned elsewhere = best();
  return awake_on(here) <= awake_on(elsewhere) + 1 ? here : elsewhere;
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

void count_asleep(Thread& thread, std::uint64_t ticks) {
  Placement& placement = thread.placement;
  if (placement.woke_ticks != 0) {
    if (ticks == 0) ticks = read_ticks();
    const bool soon = ticks_to_ns(ticks - placement.woke_ticks) < (placement.started_new ? kSoonAfterStartNs : kSoonNs);
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
