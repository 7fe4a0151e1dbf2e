// SPDX-License-Identifier: Apache-2.0
// A list through links that lie in what it holds: nothing is allocated, and any one is taken out at once.
#pragma once

#include <utility>

namespace tessera::lx {

template <typename T>
struct ListLinks {
  T* previous = nullptr;
  T* next = nullptr;
};

template <typename T, ListLinks<T> T::* kLinks>
class LinkedList {
 public:
  [[nodiscard]] bool empty() const { return first_ == nullptr; }
  [[nodiscard]] T* first() const { return first_; }
  [[nodiscard]] static T* next(const T& one) { return (one.*kLinks).next; }

  void append(T& one) {
    one.*kLinks = {.previous = last_, .next = nullptr};
    (last_ != nullptr ? (last_->*kLinks).next : first_) = &one;
    last_ = &one;
  }
  // One of this list.
  void remove(T& one) {
    const ListLinks<T> links = std::exchange(one.*kLinks, {});
    (links.previous != nullptr ? (links.previous->*kLinks).next : first_) = links.next;
    (links.next != nullptr ? (links.next->*kLinks).previous : last_) = links.previous;
  }

 private:
  T* first_ = nullptr;
  T* last_ = nullptr;
};

}  // namespace tessera::lx
