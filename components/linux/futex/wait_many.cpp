// SPDX-License-Identifier: Apache-2.0
// futex_waitv: one thread waits on several futexes.
#include <memory>
#include <span>

#include "components/linux/core/guest_memory.hpp"
#include "components/linux/core/guest_word.hpp"
#include "components/linux/core/wait.hpp"
#include "components/linux/futex/futex.hpp"
#include "components/linux/futex/table.hpp"
#include "components/linux/process/contract.hpp"
#include "components/linux/process/thread.hpp"
#include "components/linux/syscall/table.hpp"
#include "components/linux/time/clock.hpp"
#include "components/linux/time/read_time.hpp"

namespace tessera::lx {

namespace {

constexpr std::size_t kMost = 128;

// struct futex_waitv.
struct Wanted {
  std::uint64_t value = 0, address = 0;
  std::uint32_t flags = 0, reserved = 0;
};

Result<std::uint64_t> deadline_at(std::uint64_t address, std::uint64_t clock) {
  constexpr std::uint64_t kRealtime = 0, kMonotonic = 1;
  if (address == 0) return kNoDeadline;
  if (clock != kRealtime && clock != kMonotonic) return fail(Errno::einval);
  const std::uint64_t time = TRY(read_time(address));
  const std::uint64_t offset = clock == kRealtime ? clock_scale.realtime_offset_ns : 0;
  return time > offset ? time - offset : 1;
}

Result<FutexKey> key_of(Thread& self, const Wanted& wanted) {
  constexpr std::uint32_t kBits32 = 2, kPrivate = 128;
  if ((wanted.flags & ~(kBits32 | kPrivate)) != 0 || (wanted.flags & kBits32) == 0 || wanted.reserved != 0)
    return fail(Errno::einval);
  return futex_key(self, wanted.address, (wanted.flags & kPrivate) != 0);
}

// The last one that was woken; -1: none.
std::int64_t woken_of(std::span<const FutexWaiter> waiters) {
  std::int64_t woken = -1;
  for (std::size_t i = 0; i < waiters.size(); ++i)
    if (!waiters[i].queued) woken = static_cast<std::int64_t>(i);
  return woken;
}

Result<std::int64_t> wait_for_one(std::span<FutexWaiter> waiters, std::uint64_t deadline) {
  for (;;) {
    const Wake wake = sleep(deadline);
    if (const std::int64_t woken = woken_of(waiters); woken >= 0) return woken;
    if (wake != Wake::woken) return fail(wake == Wake::deadline ? Errno::etimedout : Errno::restart_sys);
  }
}

}  // namespace

Result<std::int64_t> sys_futex_waitv(const Arguments& arguments) {
  const auto count = static_cast<std::uint32_t>(arguments[1]);
  if (static_cast<std::uint32_t>(arguments[2]) != 0) return fail(Errno::einval);
  if (count == 0 || count > kMost || arguments[0] == 0) return fail(Errno::einval);
  const std::uint64_t deadline = TRY(deadline_at(arguments[3], static_cast<std::uint32_t>(arguments[4])));
  const auto wanted = std::make_unique<std::array<Wanted, kMost>>();
  const std::span<Wanted> all = std::span(*wanted).first(count);
  TRY(copy_from_guest(std::as_writable_bytes(all), arguments[0]));
  Thread& self = current_thread();
  const auto store = std::make_unique<std::array<FutexWaiter, kMost>>();
  const std::span<FutexWaiter> waiters = std::span(*store).first(count);
  for (std::size_t i = 0; i < count; ++i) {
    waiters[i].key = TRY(key_of(self, all[i]));
    waiters[i].owner = &self;
  }
  for (const Wanted& one : all)
    if (TRY(load_guest_word(one.address)) != static_cast<std::uint32_t>(one.value)) return fail(Errno::eagain);
  for (FutexWaiter& waiter : waiters) futex_table().add(waiter);
  const Result<std::int64_t> result = wait_for_one(waiters, deadline);
  for (FutexWaiter& waiter : waiters) futex_table().remove(waiter);
  return result;
}

}  // namespace tessera::lx
