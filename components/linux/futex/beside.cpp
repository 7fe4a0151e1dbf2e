// SPDX-License-Identifier: Apache-2.0
// Waiting for a futex of the process and waking who does, beside the calls of other
// processors: with the big lock shared, so that threads and their memory stay as they are, and
// one lock of the futex table. Nothing is held while the thread sleeps and when it goes on.
//
// What has a time limit, is to be interrupted or concerns memory that processes share is
// served with the lock held alone.
#include "components/linux/core/big_lock.hpp"
#include "components/linux/core/wait.hpp"
#include "components/linux/futex/futex.hpp"
#include "components/linux/futex/glance.hpp"
#include "components/linux/futex/operations.hpp"
#include "components/linux/futex/table.hpp"
#include "components/linux/nucleus/carrier.hpp"
#include "components/linux/process/thread.hpp"
#include "components/linux/syscall/beside.hpp"

namespace tessera::lx {

namespace {

using namespace futex;

constexpr std::int64_t kChanged = -static_cast<std::int64_t>(Errno::eagain);

// Out of the table; false: it was taken out before.
bool forget(const Thread& self, FutexWaiter& waiter) {
  FutexTable& table = futex_table();
  const SharedBigLock shared(self.placement);
  const rt::LockGuard guard(table.lock_of(waiter.key));
  const bool queued = waiter.queued.load(std::memory_order_relaxed);
  table.remove(waiter);
  return queued;
}

std::optional<std::int64_t> wait(Thread& self, std::uint64_t address, std::uint32_t expected, std::uint32_t bitset) {
  FutexWaiter waiter;
  waiter.key = {.object = self.memory.get(), .offset = address};
  waiter.bitset = bitset;
  waiter.owner = &self;
  FutexTable& table = futex_table();
  {
    const SharedBigLock shared(self.placement);
    if (!may_sleep_beside(self)) return std::nullopt;
    const rt::LockGuard guard(table.lock_of(waiter.key));
    const auto word = look_at_futex(address);
    if (!word) return std::nullopt;
    if (*word != expected) return kChanged;
    table.add(waiter);
    fall_asleep(self);
  }
  sleep_beside(self);
  if (!waiter.queued.load(std::memory_order_acquire) || !forget(self, waiter)) return 0;
  return std::nullopt;
}

std::optional<std::int64_t> wake(Thread& self, std::uint64_t address, std::size_t most, std::uint32_t bitset) {
  const FutexKey key{.object = self.memory.get(), .offset = address};
  std::size_t woken = 0;
  FutexTable& table = futex_table();
  {
    const SharedBigLock shared(self.placement);
    const rt::LockGuard guard(table.lock_of(key));
    if (table.has_request(key)) return std::nullopt;
    woken = table.wake(key, most, bitset);
  }
  self.carrier->unlocked();
  return static_cast<std::int64_t>(woken);
}

}  // namespace

std::optional<std::int64_t> beside_futex(const Arguments& arguments) {
  const std::uint64_t address = arguments[0];
  const auto value = static_cast<std::uint32_t>(arguments[2]);
  const std::uint32_t command = command_of(arguments[1]);
  const bool is_private = (arguments[1] & kPrivate) != 0, realtime = (arguments[1] & kClockRealtime) != 0;
  const bool with_bits = command == kWaitBitset || command == kWakeBitset;
  const std::uint32_t bitset = with_bits ? static_cast<std::uint32_t>(arguments[5]) : kAnyBit;
  if (address % 4 != 0 || address >= kGuestLimit || bitset == 0) return std::nullopt;
  Thread& self = *current_or_null();
  switch (command) {
    case kWait:
    case kWaitBitset:
      if (arguments[3] != 0) return std::nullopt;
      if (changes_at_a_glance(self, address, value)) return kChanged;
      return is_private ? wait(self, address, value, bitset) : std::nullopt;
    case kWake:
    case kWakeBitset:
      if (!is_private || realtime) return std::nullopt;
      return wake(self, address, std::max<std::size_t>(count_of(value), 1), bitset);
    default: return std::nullopt;
  }
}

}  // namespace tessera::lx
