// SPDX-License-Identifier: Apache-2.0
// A field that other cores read or write without a common lock. Each access is whole, and
// puts nothing else in an order, but for those that say so.
#pragma once

namespace tessera::nucleus {

template <typename T>
class Relaxed {
 public:
  constexpr Relaxed(T value) : value_(value) {}
  Relaxed(const Relaxed& other) : value_(static_cast<T>(other)) {}
  Relaxed& operator=(const Relaxed& other) { return *this = static_cast<T>(other); }
  operator T() const { return __atomic_load_n(&value_, __ATOMIC_RELAXED); }
  Relaxed& operator=(T value) {
    __atomic_store_n(&value_, value, __ATOMIC_RELAXED);
    return *this;
  }
  // Who acquires a value finds all done that was before it was released.
  void release(T value) { __atomic_store_n(&value_, value, __ATOMIC_RELEASE); }
  [[nodiscard]] T acquire() const { return __atomic_load_n(&value_, __ATOMIC_ACQUIRE); }

 private:
  T value_;
};

}  // namespace tessera::nucleus
