// SPDX-License-Identifier: Apache-2.0
// Who waits on which futex. Pure bookkeeping: keys, order and bitsets; how a
// waiter sleeps and wakes is the caller's business (`Waiter::woken` is set, and
// `wake` called, when its turn comes).
//
// Guarded by the big lock; who only shares that holds lock_of(key) as well, for add, remove, wake
// and has_request of waiters without a request.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "lib/rt/mutex.hpp"

namespace tessera::lx {

// A futex: an object (an address space or what a shared area is backed by) and a
// byte offset in it.
struct FutexKey {
  const void* object = nullptr;
  std::uint64_t offset = 0;
  bool operator==(const FutexKey&) const = default;
};

// Lives on the stack of the thread that waits.
struct FutexWaiter {
  FutexKey key;
  std::uint32_t bitset = ~std::uint32_t{0};
  std::atomic<bool> queued{false};  // who reads false reads no more of it
  void* owner = nullptr;
  // Waits to be handed a futex with an owner (requeue.hpp); null: just to be woken.
  struct OwnedRequest* request = nullptr;
  FutexWaiter* next = nullptr;
  FutexWaiter* previous = nullptr;
};

class FutexTable {
 public:
  using WakeOwner = void (*)(void* owner);
  explicit FutexTable(WakeOwner wake) : wake_(wake) {}

  void add(FutexWaiter& waiter);
  void remove(FutexWaiter& waiter);  // does nothing when it was woken already
  // Wakes up to `most` waiters of the key whose bitset meets `bitset`, longest waiting first.
  std::size_t wake(const FutexKey& key, std::size_t most, std::uint32_t bitset);
  // Who waits longest; null: nobody.
  [[nodiscard]] FutexWaiter* first(const FutexKey& key);
  // Moves up to `most` waiters to another key.
  std::size_t requeue(const FutexKey& from, const FutexKey& to, std::size_t most);
  [[nodiscard]] rt::Mutex& lock_of(const FutexKey& key) { return locks_.at(index_of(key) % kLocks); }
  // Whether a waiter of the key waits for a futex with an owner.
  [[nodiscard]] bool has_request(const FutexKey& key) { return requests_ != 0 && find_request(key); }

 private:
  static constexpr std::size_t kBuckets = 256, kLocks = 32;
  struct Bucket {
    FutexWaiter* first = nullptr;
    FutexWaiter* last = nullptr;
  };
  bool find_request(const FutexKey& key);
  static std::size_t index_of(const FutexKey& key);
  Bucket& bucket(const FutexKey& key) { return buckets_.at(index_of(key)); }
  void unlink(FutexWaiter& waiter);
  void append(FutexWaiter& waiter);

  std::array<Bucket, kBuckets> buckets_{};
  std::array<rt::Mutex, kLocks> locks_{};
  std::size_t requests_ = 0;  // waiters with one
  WakeOwner wake_;
};

}  // namespace tessera::lx
