// SPDX-License-Identifier: Apache-2.0
#include "components/linux/futex/owned.hpp"

#include <algorithm>
#include <vector>

#include "components/linux/core/guest_word.hpp"
#include "components/linux/core/wait.hpp"
#include "components/linux/futex/futex.hpp"
#include "components/linux/futex/table.hpp"
#include "components/linux/process/registry.hpp"
#include "components/linux/process/thread.hpp"
#include "components/linux/process/wake.hpp"

namespace tessera::lx {

namespace {

// A guest that changes the word all the time waits for itself.
constexpr int kMostAttempts = 1000;

FutexTable& table() {
  static FutexTable instance([](void* owner) { wake_thread(*static_cast<Thread*>(owner)); });
  return instance;
}
// All that wait, for owners that end.
std::vector<OwnedWaiter*>& waiters() {
  static auto* all = new std::vector<OwnedWaiter*>;
  return *all;
}

std::uint32_t id_of(const Thread& thread) { return static_cast<std::uint32_t>(thread.tid); }

// Takes a free word for the thread `self`, or marks the owner's as waited for. True: it is its.
// `*owner`: whose else.
Result<bool> take_or_mark(std::uint64_t address, std::uint32_t self, bool mark, std::uint32_t* owner) {
  std::uint32_t word = TRY(load_guest_word(address));
  for (int attempt = 0; attempt < kMostAttempts; ++attempt) {
    *owner = word & kFutexOwner;
    if (*owner == self) return fail(Errno::edeadlk);
    if (*owner != 0 && (!mark || (word & kFutexWaiters) != 0)) return false;
    const std::uint32_t wanted = *owner == 0 ? (word & ~kFutexOwner) | self : word | kFutexWaiters;
    const std::uint32_t found = TRY(exchange_guest_word(address, word, wanted));
    if (found == word) return *owner == 0;
    word = found;
  }
  return fail(Errno::eagain);
}

// The word becomes the longest waiter's, or nobody's. `more`: bits to set besides.
Result<void> hand_over(const FutexKey& key, std::uint64_t address, std::uint32_t owner, std::uint32_t more) {
  for (int attempt = 0; attempt < kMostAttempts; ++attempt) {
    const std::uint32_t word = TRY(load_guest_word(address));
    if ((word & kFutexOwner) != owner) return fail(Errno::eperm);
    FutexWaiter* const next = table().first(key);
    std::uint32_t wanted = more;
    if (next != nullptr) {
      wanted |= id_of(*static_cast<Thread*>(next->owner));
      table().remove(*next);
      if (table().first(key) != nullptr) wanted |= kFutexWaiters;
    }
    const auto found = exchange_guest_word(address, word, wanted);
    if (found && *found == word) {
      for (OwnedWaiter* const entry : waiters())
        if (entry->waiter.key == key) entry->owner = wanted & kFutexOwner;
      if (next != nullptr) wake_thread(*static_cast<Thread*>(next->owner));
      return {};
    }
    if (next != nullptr) table().add(*next);
    if (!found) return fail(found.error());
  }
  return fail(Errno::eagain);
}

}  // namespace

Result<bool> take_or_queue(OwnedWaiter& entry, std::uint64_t address) {
  const Thread& thread = *static_cast<const Thread*>(entry.waiter.owner);
  if (TRY(take_or_mark(address, id_of(thread), true, &entry.owner))) return true;
  if (registry().thread(static_cast<std::int32_t>(entry.owner)) == nullptr) return fail(Errno::esrch);
  table().add(entry.waiter);
  waiters().push_back(&entry);
  return false;
}

void leave_queue(OwnedWaiter& entry) {
  table().remove(entry.waiter);
  std::erase(waiters(), &entry);
}

Result<std::int64_t> lock_owned_futex(std::uint64_t address, std::uint64_t deadline, bool is_private) {
  Thread& self = current_thread();
  OwnedWaiter entry{.waiter = {.key = TRY(futex_key(self, address, is_private)), .owner = &self}, .address = address, .owner = 0};
  if (TRY(take_or_queue(entry, address))) return 0;
  Result<std::int64_t> result = 0;
  while (entry.waiter.queued) {
    const Wake wake = sleep(deadline);
    if (!entry.waiter.queued || wake == Wake::woken) continue;
    table().remove(entry.waiter);
    // A lock's caller is not told of signals: the call starts again whatever the handler says.
    result = fail(wake == Wake::deadline ? Errno::etimedout : Errno::restart_always);
  }
  leave_queue(entry);
  return result;
}

Result<std::int64_t> try_owned_futex(std::uint64_t address, bool is_private) {
  TRY(futex_key(current_thread(), address, is_private));
  std::uint32_t owner = 0;
  if (TRY(take_or_mark(address, id_of(current_thread()), false, &owner))) return 0;
  return fail(registry().thread(static_cast<std::int32_t>(owner)) == nullptr ? Errno::esrch : Errno::eagain);
}

Result<std::int64_t> unlock_owned_futex(std::uint64_t address, bool is_private) {
  const FutexKey key = TRY(futex_key(current_thread(), address, is_private));
  TRY(hand_over(key, address, id_of(current_thread()), 0));
  return 0;
}

void leave_owned_futexes(Thread& thread) {
  // By a copy: who is handed something leaves the list only when it runs.
  const std::vector<OwnedWaiter*> all = waiters();
  for (OwnedWaiter* const entry : all) {
    if (!entry->waiter.queued || entry->owner != id_of(thread)) continue;
    // Only who shares the memory: another's word cannot be reached from here.
    if (static_cast<Thread*>(entry->waiter.owner)->memory != thread.memory) continue;
    (void)hand_over(entry->waiter.key, entry->address, id_of(thread), kFutexOwnerDied);
  }
}

}  // namespace tessera::lx
