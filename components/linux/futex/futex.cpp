// SPDX-License-Identifier: Apache-2.0
#include "components/linux/futex/futex.hpp"

#include <algorithm>

#include "components/linux/core/guest_memory.hpp"
#include "components/linux/core/guest_word.hpp"
#include "components/linux/futex/operations.hpp"
#include "components/linux/futex/owned.hpp"
#include "components/linux/futex/requeue.hpp"
#include "components/linux/futex/table.hpp"
#include "components/linux/process/contract.hpp"
#include "components/linux/process/process.hpp"
#include "components/linux/process/registry.hpp"
#include "components/linux/process/thread.hpp"
#include "components/linux/process/wake.hpp"
#include "components/linux/signal/send.hpp"
#include "components/linux/syscall/table.hpp"
#include "components/linux/time/clock.hpp"
#include "components/linux/time/convert.hpp"
#include "components/linux/time/read_time.hpp"

namespace tessera::lx {

namespace {

using namespace futex;

FutexTable& table() { return futex_table(); }

}  // namespace

FutexTable& futex_table() {
  static FutexTable instance([](void* owner) { wake_thread(*static_cast<Thread*>(owner)); });
  return instance;
}

Result<FutexKey> futex_key(Thread& thread, std::uint64_t address, bool is_private) {
  if (address % 4 != 0) return fail(Errno::einval);
  if (address >= kGuestLimit) return fail(Errno::efault);
  if (!is_private) {
    const Area* const area = thread.memory->areas().find(address);
    if (area == nullptr) return fail(Errno::efault);
    if (area->shared && area->backing)
      return FutexKey{.object = area->backing->identity(),
                      .offset = area->backing_page(address) * kPageBytes + address % kPageBytes};
  }
  return FutexKey{.object = thread.memory.get(), .offset = address};
}

namespace {

// The word must still be `expected` when the waiter is queued; as the big lock is
// held, no wake can come in between.
Result<std::int64_t> wait(std::uint64_t address, std::uint32_t expected, std::uint64_t deadline, std::uint32_t bitset,
                          bool is_private) {
  if (bitset == 0) return fail(Errno::einval);
  Thread& self = current_thread();
  FutexWaiter waiter;
  waiter.key = TRY(futex_key(self, address, is_private));
  waiter.bitset = bitset;
  waiter.owner = &self;
  if (TRY(load_guest_word(address)) != expected) return fail(Errno::eagain);
  table().add(waiter);
  for (;;) {
    const Wake wake = sleep(deadline);
    if (!waiter.queued) return 0;
    if (wake == Wake::woken) continue;
    table().remove(waiter);
    if (wake == Wake::deadline) return fail(Errno::etimedout);
    if (deadline == kNoDeadline) return fail(Errno::restart_sys);
    self.restart_block = Restart{
        .resume =
            [](const std::array<std::uint64_t, 6>& block) {
              return wait(block[0], static_cast<std::uint32_t>(block[1]), block[2], static_cast<std::uint32_t>(block[3]),
                          block[4] != 0);
            },
        .arguments = {address, expected, deadline, bitset, is_private ? std::uint64_t{1} : std::uint64_t{0}, 0}};
    return fail(Errno::restart_block);
  }
}

std::int32_t sign_extend_12(std::uint32_t value) {
  return static_cast<std::int32_t>(value << 20) >> 20;
}

// FUTEX_WAKE_OP: changes the second word in one step and answers whether the old
// value meets the comparison.
Result<bool> change_word(std::uint64_t address, std::uint32_t encoded) {
  std::uint32_t operation = encoded >> 28 & 7;
  const std::uint32_t comparison = encoded >> 24 & 15;
  std::int32_t operand = sign_extend_12(encoded >> 12 & 0xfff);
  const std::int32_t compared = sign_extend_12(encoded & 0xfff);
  if ((encoded >> 31) != 0) operand = static_cast<std::int32_t>(1u << (static_cast<std::uint32_t>(operand) & 31));
  const auto argument = static_cast<std::uint32_t>(operand);
  std::uint32_t old = TRY(load_guest_word(address));
  for (int attempt = 0;; ++attempt) {
    std::uint32_t wanted = 0;
    switch (operation) {
      case 0: wanted = argument; break;
      case 1: wanted = old + argument; break;
      case 2: wanted = old | argument; break;
      case 3: wanted = old & ~argument; break;
      case 4: wanted = old ^ argument; break;
      default: return fail(Errno::enosys);
    }
    const std::uint32_t found = TRY(exchange_guest_word(address, old, wanted));
    if (found == old) break;
    if (attempt > 1000) return fail(Errno::eagain);
    old = found;
  }
  const auto value = static_cast<std::int32_t>(old);
  switch (comparison) {
    case 0: return value == compared;
    case 1: return value != compared;
    case 2: return value < compared;
    case 3: return value <= compared;
    case 4: return value > compared;
    case 5: return value >= compared;
    default: return fail(Errno::enosys);
  }
}

Result<std::uint64_t> deadline_of(std::uint64_t address, bool absolute, bool realtime) {
  if (address == 0) return kNoDeadline;
  const std::uint64_t time = TRY(read_time(address));
  if (!absolute) return after(monotonic_ns(), time);
  const std::uint64_t offset = realtime ? clock_scale.realtime_offset_ns : 0;
  return time > offset ? time - offset : 1;
}

}  // namespace

void wake_futex(Thread& thread, std::uint64_t address, std::size_t most) {
  for (const bool is_private : {true, false}) {
    const auto key = futex_key(thread, address, is_private);
    if (!key) return;
    const bool same = !is_private && key->object == thread.memory.get();
    if (!same) table().wake(*key, most, kAnyBit);
  }
}

Result<std::int64_t> sys_futex(const Arguments& arguments) {
  const auto operation = static_cast<std::uint32_t>(arguments[1]);
  const auto value = static_cast<std::uint32_t>(arguments[2]);
  const bool is_private = (operation & kPrivate) != 0;
  const bool realtime = (operation & kClockRealtime) != 0;
  const std::uint32_t command = command_of(operation);
  if (realtime && command != kWait && command != kWaitBitset && command != kLockMonotonic &&
      command != kWaitRequeueOwned) return fail(Errno::enosys);
  Thread& self = current_thread();
  switch (command) {
    case kWait:
      return wait(arguments[0], value, TRY(deadline_of(arguments[3], false, realtime)), kAnyBit, is_private);
    case kWaitBitset:
      return wait(arguments[0], value, TRY(deadline_of(arguments[3], true, realtime)),
                  static_cast<std::uint32_t>(arguments[5]), is_private);
    case kWake:
    case kWakeBitset: {
      const auto bitset = command == kWake ? kAnyBit : static_cast<std::uint32_t>(arguments[5]);
      if (bitset == 0) return fail(Errno::einval);
      const FutexKey key = TRY(futex_key(self, arguments[0], is_private));
      if (table().has_request(key)) return fail(Errno::einval);
      return static_cast<std::int64_t>(table().wake(key, std::max<std::size_t>(count_of(value), 1), bitset));
    }
    case kRequeue:
    case kCompareRequeue: {
      if (static_cast<std::int32_t>(value) < 0 || static_cast<std::int32_t>(static_cast<std::uint32_t>(arguments[3])) < 0)
        return fail(Errno::einval);
      const FutexKey from = TRY(futex_key(self, arguments[0], is_private));
      const FutexKey to = TRY(futex_key(self, arguments[4], is_private));
      if (command == kCompareRequeue &&
          TRY(load_guest_word(arguments[0])) != static_cast<std::uint32_t>(arguments[5]))
        return fail(Errno::eagain);
      if (table().has_request(from)) return fail(Errno::einval);
      const std::size_t woken = table().wake(from, count_of(value), kAnyBit);
      const std::size_t moved = table().requeue(from, to, count_of(arguments[3]));
      return static_cast<std::int64_t>(woken + moved);
    }
    case kWakeOperation: {
      const FutexKey first = TRY(futex_key(self, arguments[0], is_private));
      const FutexKey second = TRY(futex_key(self, arguments[4], is_private));
      if (arguments[4] % 4 != 0) return fail(Errno::einval);
      const bool also_second = TRY(change_word(arguments[4], static_cast<std::uint32_t>(arguments[5])));
      std::size_t woken = table().wake(first, count_of(value), kAnyBit);
      if (also_second) woken += table().wake(second, count_of(arguments[3]), kAnyBit);
      return static_cast<std::int64_t>(woken);
    }
    case kWaitRequeueOwned:
      return wait_for_owned_futex(arguments[0], value, TRY(deadline_of(arguments[3], true, realtime)), arguments[4],
                                  is_private);
    case kCompareRequeueOwned:
      return requeue_to_owned_futex({.from = arguments[0], .to = arguments[4], .expected = static_cast<std::uint32_t>(arguments[5]),
                                     .wake = static_cast<std::int32_t>(value),
                                     .requeue = static_cast<std::int32_t>(static_cast<std::uint32_t>(arguments[3])),
                                     .is_private = is_private});
    case kLock: return lock_owned_futex(arguments[0], TRY(deadline_of(arguments[3], true, true)), is_private);
    case kLockMonotonic: return lock_owned_futex(arguments[0], TRY(deadline_of(arguments[3], true, realtime)), is_private);
    case kTryLock: return try_owned_futex(arguments[0], is_private);
    case kUnlock: return unlock_owned_futex(arguments[0], is_private);
    default: return fail(Errno::enosys);  // what Linux has no more
  }
}

namespace {

// One entry of a robust list: its futex, if this thread holds it, is marked.
void leave_robust_futex(Thread& thread, std::uint64_t entry, std::uint64_t offset, bool pending) {
  const std::uint64_t address = entry + offset;
  if (address % 4 != 0) return;
  for (int attempt = 0; attempt < 100; ++attempt) {
    const auto word = load_guest_word(address);
    if (!word) return;
    // Between taking the lock off the list and unlocking it, its waiters must be told.
    if (pending && *word == 0) return wake_futex(thread, address, 1);
    if ((*word & kFutexOwner) != static_cast<std::uint32_t>(thread.tid)) return;
    const auto found = exchange_guest_word(address, *word, (*word & kFutexWaiters) | kFutexOwnerDied);
    if (!found) return;
    if (*found != *word) continue;
    if ((*word & kFutexWaiters) != 0) wake_futex(thread, address, 1);
    return;
  }
}

void release_robust_list(Thread& thread) {
  struct Head {
    std::uint64_t next = 0;
    std::int64_t offset = 0;
    std::uint64_t pending = 0;
  };
  constexpr int kMostEntries = 2048;
  const std::uint64_t head_address = std::exchange(thread.robust_list, 0);
  if (head_address == 0) return;
  const auto head = read_guest<Head>(head_address);
  if (!head) return;
  const auto offset = static_cast<std::uint64_t>(head->offset);
  const std::uint64_t pending = head->pending & ~std::uint64_t{1};
  std::uint64_t entry = head->next & ~std::uint64_t{1};
  for (int i = 0; i < kMostEntries && entry != head_address; ++i) {
    const auto next = read_guest<std::uint64_t>(entry);
    if (entry != pending) leave_robust_futex(thread, entry, offset, false);
    if (!next) return;
    entry = *next & ~std::uint64_t{1};
  }
  if (pending != 0) leave_robust_futex(thread, pending, offset, true);
}

}  // namespace

void forget_futexes(Thread& thread) {
  release_robust_list(thread);
  leave_owned_futexes(thread);
  if (thread.clear_child_tid != 0 && thread.memory->references() > 1) {
    (void)write_guest(thread.clear_child_tid, std::uint32_t{0});
    wake_futex(thread, thread.clear_child_tid, 1);
  }
  thread.clear_child_tid = 0;
  thread.robust_list = 0;
}

Result<std::int64_t> sys_set_robust_list(const Arguments& arguments) {
  if (arguments[1] != 24) return fail(Errno::einval);
  current_thread().robust_list = arguments[0];
  return 0;
}

Result<std::int64_t> sys_get_robust_list(const Arguments& arguments) {
  const auto tid = static_cast<std::int32_t>(static_cast<std::uint32_t>(arguments[0]));
  const Thread* const thread = tid == 0 ? &current_thread() : registry().thread(tid);
  if (thread == nullptr) return fail(Errno::esrch);
  if (!may_signal(thread->process, 0)) return fail(Errno::eperm);
  TRY(write_guest(arguments[1], thread->robust_list));
  TRY(write_guest(arguments[2], std::uint64_t{24}));
  return 0;
}

}  // namespace tessera::lx
