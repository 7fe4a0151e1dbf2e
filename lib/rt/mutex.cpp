// SPDX-License-Identifier: Apache-2.0
// The idea is that of Drepper, "Futexes Are Tricky", 2011, section 6: a thread that
// waited takes the lock as awaited, because it cannot know whether it was the only one.
// A notification keeps a wake that comes before the sleep.
#include "lib/rt/mutex.hpp"

#include <abi/nucleus.client.hpp>
#include <arch_thread.hpp>

#include "lib/rt/clock.hpp"
#include "lib/rt/objects.hpp"
#include "lib/rt/system_call.hpp"

namespace tessera::rt {

namespace {
constexpr std::uint64_t kSpinNs = 200'000;  // some times what is done under a lock at most
constexpr unsigned kLooks = 1000;
constexpr unsigned kGlances = 200;
constexpr std::uint64_t kRetryNs = 50'000;  // when there is no notification to sleep on
}

std::uint64_t LazyNotification::made() {
  std::uint64_t present = if_made();
  if (present != 0) return present;
  const auto made = objects().make(abi::ObjectType::notification);
  if (!made) return 0;
  if (handle_.compare_exchange_strong(present, *made, std::memory_order_acq_rel)) return *made;
  objects().discard(*made);
  return present;
}

void LazyNotification::retire() {
  if (const std::uint64_t handle = handle_.exchange(0, std::memory_order_acq_rel); handle != 0) objects().discard(handle);
}

bool Mutex::take(std::uint32_t mark) {
  std::uint32_t state = state_.load(std::memory_order_relaxed);
  while ((state & ~kAwaited) == 0) {
    if (state_.compare_exchange_weak(state, state | kAlone | mark, std::memory_order_acquire, std::memory_order_relaxed)) return true;
  }
  return false;
}

// Who has it runs on another core, most likely, and is done before a sleep would pay.
bool Mutex::spin(Take take) {
  const std::uint64_t end = now_ns() + kSpinNs;
  do {
    // Few hints: an emulator leaves the core for each.
    for (unsigned look = 0; look < kLooks; ++look)
      if ((this->*take)(0)) return true;
    arch::relax();
  } while (now_ns() < end);
  return false;
}

// Who has it, on another core, is done within less than it takes to look at the clock, most likely.
bool Mutex::glance(Take take) {
  for (unsigned look = 0; look < kGlances; ++look)
    if ((state_.load(std::memory_order_relaxed) & kAlone) == 0 && (this->*take)(0)) return true;
  return false;
}

void Mutex::lock_slowly(Take take, bool spins) {
  if (spins && objects().own().cores > 1 && glance(take)) return;
  const std::uint64_t start = now_ns();
  if (!spins || objects().own().cores <= 1 || !spin(take)) sleep_for(take);
  waits_.fetch_add(1, std::memory_order_relaxed);
  waited_ns_.fetch_add(now_ns() - start, std::memory_order_relaxed);
}

void Mutex::sleep_for(Take take) {
  const std::uint64_t own = notification_.made();
  for (;;) {
    // A thread that slept cannot know whether it was the only one: it takes the lock as awaited.
    if ((this->*take)(kAwaited)) return;
    std::uint32_t state = state_.load(std::memory_order_relaxed);
    if ((state & (kAlone | kSharers)) == 0) continue;  // nobody has it: no one would wake who sleeps now
    if (!state_.compare_exchange_strong(state, state | kAwaited, std::memory_order_acq_rel, std::memory_order_relaxed)) continue;
    if (own == 0 || !wait_notification(own)) sleep_until(now_ns() + kRetryNs);
  }
}

void Mutex::wake() {
  // Waiters published the notification before they marked the lock as awaited; one
  // that could not make any sleeps for a bounded time only.
  if (const std::uint64_t handle = notification_.if_made(); handle != 0) (void)notify(handle);
}

}  // namespace tessera::rt
