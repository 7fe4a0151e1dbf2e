// SPDX-License-Identifier: Apache-2.0
// How who has a SharedMutex alone waits until a place is free. What is done while it is shared is
// short, but who does it may have been preempted.
#include <abi/nucleus.client.hpp>
#include <arch_thread.hpp>

#include "lib/rt/clock.hpp"
#include "lib/rt/shared_mutex.hpp"
#include "lib/rt/system_call.hpp"

namespace tessera::rt {

namespace {
constexpr unsigned kLooks = 20'000, kLooksBetweenHints = 1000;
constexpr unsigned kLooksAtLeisure = 200;  // who shares it may run on another core, and be done at once
constexpr std::uint64_t kLookAgainNs = 50'000;
}  // namespace

void SharedMutex::await(Place& place, bool spins) {
  for (unsigned looks = 1; looks < (spins ? kLooks : kLooksAtLeisure); ++looks) {
    if (place.use.load(std::memory_order_acquire) == Use::free) return;
    if (looks % kLooksBetweenHints == 0) arch::relax();
  }
  const std::uint64_t own = place_free_.made();
  for (;;) {
    Use use = Use::shared;
    (void)place.use.compare_exchange_strong(use, Use::awaited, std::memory_order_acq_rel, std::memory_order_acquire);
    if (use == Use::free) return;
    // Without memory for a notification: not longer than that at a time.
    if (own == 0 || !wait_notification(own)) sleep_until(now_ns() + kLookAgainNs);
  }
}

// Raised before who awaits it sleeps, it ends that sleep; too late for that, the next one's first.
void SharedMutex::wake_awaiting() {
  if (const std::uint64_t handle = place_free_.if_made(); handle != 0) (void)notify(handle);
}

}  // namespace tessera::rt
