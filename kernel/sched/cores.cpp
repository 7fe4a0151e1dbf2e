// SPDX-License-Identifier: Apache-2.0
#include "kernel/sched/cores.hpp"

#include <array>
#include <utility>

namespace tessera::nucleus {

ObjectLock object_lock;

std::array<Core*, kMostCores> all_cores;
static unsigned count = 0;
bool several_cores = false;
static Lock shared_lock;  // of the slow paths of all cores
static std::atomic<unsigned> spinning{0};

void add_core(Core& core) {
  core.number = static_cast<std::uint16_t>(count);
  all_cores[count++] = &core;
  several_cores = count > 1;
}
unsigned core_count() { return count; }

// What is asked of a core that spins: nothing of its thread's stays in its registers,
// and it uses no address space that may end.
static void serve_requests(Core& core) {
  if (!core.halt_wanted.load(std::memory_order_acquire) || core.halted.load(std::memory_order_relaxed)) return;
  if (Thread* thread = core.current(); thread != nullptr && core.call_unfinished) {
    thread->frame.restart_call();
    thread->resume = arch::Resume::call;
  }
  arch::leave_core();
  core.halted.store(true, std::memory_order_release);
}

// Nobody who holds a lock has the core for long, but under a busy host the holder's processor
// may not run at all: who spins then keeps the host from running it. So a core that has spun
// for this long halts until the lock is given back, or it is to be halted.
static constexpr std::uint64_t kSpinNs = 30'000;
static std::atomic<unsigned> dozing{0};  // cores that wait so, or are about to

static void doze(const Lock& lock, Core& core) {
  core.dozes_for.store(&lock, std::memory_order_relaxed);
  dozing.fetch_add(1, std::memory_order_relaxed);
  // With the fence of wake_dozers(): either this sees the lock free, or that sees the core doze.
  std::atomic_thread_fence(std::memory_order_seq_cst);
  core.dozing = true;
  if (lock.held()) arch::doze();
  core.dozing = false;
  dozing.fetch_sub(1, std::memory_order_relaxed);
  core.dozes_for.store(nullptr, std::memory_order_relaxed);
}

// After locks were given back. One of those that wait for the shared lock is enough: it wakes
// the next when it gives it back.
static void wake_dozers() {
  std::atomic_thread_fence(std::memory_order_seq_cst);
  if (dozing.load(std::memory_order_relaxed) == 0) [[likely]] return;
  bool one_woken = false;
  for (unsigned i = 0; i < count; ++i) {
    const Lock* lock = all_cores[i]->dozes_for.load(std::memory_order_relaxed);
    if (lock == nullptr || lock->held() || (lock == &shared_lock && one_woken)) continue;
    one_woken = one_woken || lock == &shared_lock;
    all_cores[i]->dozes_for.store(nullptr, std::memory_order_relaxed);
    arch::interrupt_core(i);
  }
}

static void spin_for(Lock& lock, Core& core) NO_LOCK_ANALYSIS {
  if (lock.try_acquire()) [[likely]] return;
  const std::uint64_t start = arch::now_ticks();
  spinning.fetch_add(1, std::memory_order_relaxed);
  Patience patience;
  std::uint64_t eyes_open = start;
  do {
    while (lock.held()) {
      serve_requests(core);
      if (!patience.look_again() || arch::now_ticks() - eyes_open < arch::ns_to_ticks(kSpinNs)) continue;
      doze(lock, core);
      eyes_open = arch::now_ticks();
    }
  } while (!lock.try_acquire());
  spinning.fetch_sub(1, std::memory_order_relaxed);
  // Perhaps somebody had more to tell than that the lock is free.
  if (eyes_open != start) arch::interrupt_core(core.number);
  core.waits = core.waits + 1;
  core.wait_ticks = core.wait_ticks + (arch::now_ticks() - start);
}

bool lock_awaited() { return spinning.load(std::memory_order_relaxed) != 0; }

LockWaits lock_waits() {
  LockWaits sum;
  for (unsigned i = 0; i < count; ++i) {
    const Core& core = *all_cores[i];
    sum.count += core.waits;
    sum.ticks += core.wait_ticks;
  }
  return sum;
}

// After a spin. True: the core was halted, and its thread, if it still has one, is active again.
static bool end_halt(Core& core) {
  if (!core.halted.load(std::memory_order_relaxed)) [[likely]] return false;
  core.halted.store(false, std::memory_order_relaxed);
  if (Thread* thread = core.current()) arch::activate(*thread);
  return true;
}

bool spin_at_call(Core& core) NO_LOCK_ANALYSIS {
  core.call_unfinished = true;
  spin_for(core.lock, core);
  core.call_unfinished = false;
  if (!end_halt(core)) return true;
  core.lock.release();
  return false;
}

static void acquire_shared(Core& core) NO_LOCK_ANALYSIS {
  spin_for(shared_lock, core);
  spin_for(core.lock, core);
  core.reached = true;
  core.was_halted = end_halt(core);
}

// Its fast path, if it is in one, ends soon: that waits for nothing.
void reach_other(Core& core) NO_LOCK_ANALYSIS {
  Patience patience;
  while (!core.lock.try_acquire()) {
    while (core.lock.held()) (void)patience.look_again();
  }
  core.reached = true;
}

CALLED_RARELY void reach_cores(const CoreSet& cores) {
  cores.each([](unsigned number) { (void)core_at(number); });
}
CALLED_RARELY void reach_core(unsigned number) { (void)core_at(number); }

static void release_reached() NO_LOCK_ANALYSIS {
  for (unsigned i = 0; i < count; ++i) {
    Core& core = *all_cores[i];
    if (!core.reached) continue;
    core.reached = false;
    core.halt_wanted.store(false, std::memory_order_relaxed);
    core.lock.release();
  }
  shared_lock.release();
  wake_dozers();
}

void take_object_lock(Core& core) {
  if (core.holds++ == 0) acquire_shared(core);
}
void drop_object_lock(Core& core) {
  if (--core.holds == 0) release_reached();
}

std::uint32_t pause_holding() {
  if (!several_cores) return 0;
  const std::uint32_t holds = std::exchange(this_core().holds, 0);
  release_reached();
  return holds;
}
void go_on_holding(std::uint32_t holds) {
  if (!several_cores) return;
  Core& core = this_core();
  acquire_shared(core);
  core.holds = holds;
}

void let_others_hold() {
  const std::uint32_t holds = pause_holding();
  // Without this, who gave it back would be the first to take it.
  for (Patience patience; lock_awaited() && !shared_lock.held();) (void)patience.look_again();
  go_on_holding(holds);
}

// What idles at once looks for work this long, as long as another core runs that may have
// some: an interrupt costs both more than most waits last.
static constexpr std::uint64_t kLookNs = 50'000;
static std::atomic<unsigned> idle_cores{0};

// The fence here and that in idle: one of the two sees what the other has stored. Sequentially
// consistent stores and loads alone would do by the C++ and Arm models, but QEMU 7.2 makes an
// x86 host's plain moves of AArch64's STLR and LDAR, of which the load may come first.
void nudge_other(Core& core) {
  core.has_work.store(true, std::memory_order_relaxed);
  std::atomic_thread_fence(std::memory_order_seq_cst);
  if (!core.looks.load(std::memory_order_relaxed)) arch::interrupt_core(core.number);
}

void begin_idle(Core& core) {
  if (!several_cores) return;
  core.has_work.store(false, std::memory_order_relaxed);
  core.looks.store(true, std::memory_order_relaxed);
}

void idle(Core& core) {
  if (!several_cores) return arch::idle();
  idle_cores.fetch_add(1, std::memory_order_relaxed);
  const std::uint64_t end = arch::now_ticks() + arch::ns_to_ticks(kLookNs);
  while (!core.has_work.load(std::memory_order_relaxed) && idle_cores.load(std::memory_order_relaxed) < count && arch::now_ticks() < end)
    arch::preemption_window();
  core.looks.store(false, std::memory_order_relaxed);
  std::atomic_thread_fence(std::memory_order_seq_cst);
  if (!core.has_work.load(std::memory_order_relaxed)) arch::idle();  // handles the interrupts that wake it
  idle_cores.fetch_sub(1, std::memory_order_relaxed);
}

void halt_other(Core& core) {
  if (&core == &this_core() || core.halted.load(std::memory_order_acquire)) return;
  core.halt_wanted.store(true, std::memory_order_release);
  arch::interrupt_core(core.number);
  for (Patience patience; !core.halted.load(std::memory_order_acquire);) (void)patience.look_again();
}

}  // namespace tessera::nucleus
