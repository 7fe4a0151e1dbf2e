// SPDX-License-Identifier: Apache-2.0
// A list with room for N values in itself, of which only those that were added are ever written: where
// clearing the room would cost more than the request that it is for, declare it [[clang::uninitialized]].
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <type_traits>

namespace tessera::ring {

template <typename T, std::size_t N>
class BoundedList {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  BoundedList() {}  // not defaulted: {} would clear the room

  [[nodiscard]] bool empty() const { return count_ == 0; }
  [[nodiscard]] bool full() const { return count_ == N; }
  [[nodiscard]] std::size_t size() const { return count_; }
  void clear() { count_ = 0; }

#pragma clang unsafe_buffer_usage begin
  [[nodiscard]] std::span<const T> all() const { return {reinterpret_cast<const T*>(room_.data()), count_}; }
  [[nodiscard]] std::span<T> all() { return {reinterpret_cast<T*>(room_.data()), count_}; }
  // False: it is full.
  [[nodiscard]] bool add(const T& value) {
    if (full()) return false;
    std::construct_at(reinterpret_cast<T*>(room_.data()) + count_, value);
    ++count_;
    return true;
  }
#pragma clang unsafe_buffer_usage end

 private:
  alignas(T) std::array<std::byte, N * sizeof(T)> room_;
  std::size_t count_ = 0;
};

}  // namespace tessera::ring
