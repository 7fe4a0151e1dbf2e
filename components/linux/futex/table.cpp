// SPDX-License-Identifier: Apache-2.0
#include "components/linux/futex/table.hpp"

#include <bit>

namespace tessera::lx {

std::size_t FutexTable::index_of(const FutexKey& key) {
  std::uint64_t hash = std::bit_cast<std::uint64_t>(key.object) ^ std::rotl(key.offset, 29);
  hash *= 0x9e3779b97f4a7c15;
  return static_cast<std::size_t>(hash >> 56) % kBuckets;
}

void FutexTable::append(FutexWaiter& waiter) {
  Bucket& place = bucket(waiter.key);
  waiter.queued.store(true, std::memory_order_relaxed);
  waiter.next = nullptr;
  waiter.previous = place.last;
  (place.last != nullptr ? place.last->next : place.first) = &waiter;
  place.last = &waiter;
  if (waiter.request != nullptr) ++requests_;
}

void FutexTable::unlink(FutexWaiter& waiter) {
  Bucket& place = bucket(waiter.key);
  (waiter.previous != nullptr ? waiter.previous->next : place.first) = waiter.next;
  (waiter.next != nullptr ? waiter.next->previous : place.last) = waiter.previous;
  if (waiter.request != nullptr) --requests_;
  waiter.queued.store(false, std::memory_order_release);
}

void FutexTable::add(FutexWaiter& waiter) { append(waiter); }

void FutexTable::remove(FutexWaiter& waiter) {
  if (waiter.queued) unlink(waiter);
}

std::size_t FutexTable::wake(const FutexKey& key, std::size_t most, std::uint32_t bitset) {
  std::size_t woken = 0;
  for (FutexWaiter* waiter = bucket(key).first; waiter != nullptr && woken < most;) {
    FutexWaiter* const next = waiter->next;
    if (waiter->key == key && (waiter->bitset & bitset) != 0) {
      void* const owner = waiter->owner;
      unlink(*waiter);
      wake_(owner);
      ++woken;
    }
    waiter = next;
  }
  return woken;
}

FutexWaiter* FutexTable::first(const FutexKey& key) {
  FutexWaiter* waiter = bucket(key).first;
  while (waiter != nullptr && waiter->key != key) waiter = waiter->next;
  return waiter;
}

bool FutexTable::find_request(const FutexKey& key) {
  for (const FutexWaiter* waiter = bucket(key).first; waiter != nullptr; waiter = waiter->next)
    if (waiter->key == key && waiter->request != nullptr) return true;
  return false;
}

std::size_t FutexTable::requeue(const FutexKey& from, const FutexKey& to, std::size_t most) {
  if (from == to) return 0;
  std::size_t moved = 0;
  for (FutexWaiter* waiter = bucket(from).first; waiter != nullptr && moved < most;) {
    FutexWaiter* const next = waiter->next;
    if (waiter->key == from) {
      unlink(*waiter);
      waiter->key = to;
      append(*waiter);
      ++moved;
    }
    waiter = next;
  }
  return moved;
}

}  // namespace tessera::lx
