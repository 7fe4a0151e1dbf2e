// SPDX-License-Identifier: Apache-2.0
// A doubly linked queue through the objects themselves: the nucleus has no heap.
#pragma once

namespace tessera::nucleus {

template <typename T>
struct ListLink {
  T* next = nullptr;
  T* previous = nullptr;
};

// First in, first out. An object is on at most one queue through a given link.
template <typename T, ListLink<T> T::* kLink>
class List {
 public:
  [[nodiscard]] bool empty() const { return first_ == nullptr; }
  [[nodiscard]] T* front() const { return first_; }
  [[nodiscard]] static T* next(const T& item) { return (item.*kLink).next; }

  void push_back(T& item) {
    (item.*kLink) = {nullptr, last_};
    (last_ != nullptr ? (last_->*kLink).next : first_) = &item;
    last_ = &item;
  }
  void push_front(T& item) {
    (item.*kLink) = {first_, nullptr};
    (first_ != nullptr ? (first_->*kLink).previous : last_) = &item;
    first_ = &item;
  }
  void pop_front() {
    T& item = *first_;
    first_ = (item.*kLink).next;
    (first_ != nullptr ? (first_->*kLink).previous : last_) = nullptr;
    (item.*kLink).next = nullptr;
  }
  void remove(T& item) {
    auto& link = item.*kLink;
    (link.previous != nullptr ? (link.previous->*kLink).next : first_) = link.next;
    (link.next != nullptr ? (link.next->*kLink).previous : last_) = link.previous;
    link = {};
  }

 private:
  T* first_ = nullptr;
  T* last_ = nullptr;
};

}  // namespace tessera::nucleus
