// SPDX-License-Identifier: Apache-2.0
// How one waits for a place of a SharedMutex. What is done while it is shared is short, but who
// does it may have been preempted: after a while one looks from time to time only, as nobody tells
// of a place that is free again.
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

void SharedMutex::pause(unsigned looks, bool spins) {
  if (looks < (spins ? kLooks : kLooksAtLeisure)) {
    if (looks % kLooksBetweenHints == 0) arch::relax();
    return;
  }
  const std::uint64_t end = now_ns() + kLookAgainNs;
  // Not on the thread's own notification if it can be helped: what that was raised for would be lost.
  if (const std::uint64_t moment = moment_.made(); moment != 0) (void)wait_notification(moment, end);
  else sleep_until(end);
}

}  // namespace tessera::rt
