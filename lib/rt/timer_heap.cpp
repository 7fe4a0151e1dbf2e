// SPDX-License-Identifier: Apache-2.0
#include "lib/rt/timer_heap.hpp"

#include <utility>

namespace tessera::rt {

// Of two heaps the one with the later root goes below the other.
TimerNode* TimerHeap::meld(TimerNode* a, TimerNode* b) {
  if (a == nullptr) return b;
  if (b == nullptr) return a;
  const bool later = a->deadline_ns != b->deadline_ns ? a->deadline_ns > b->deadline_ns : a->number > b->number;
  if (later) std::swap(a, b);
  b->before = a;
  b->sibling = a->child;
  if (a->child != nullptr) a->child->before = b;
  a->child = b;
  a->sibling = a->before = nullptr;
  return a;
}

// Siblings to one heap: in pairs from the first on, then all pairs from the last on.
TimerNode* TimerHeap::meld_all(TimerNode* first) {
  TimerNode* pairs = nullptr;  // the last one first, linked by `sibling`
  while (first != nullptr) {
    TimerNode* const second = first->sibling;
    TimerNode* const rest = second == nullptr ? nullptr : second->sibling;
    first->sibling = first->before = nullptr;
    if (second != nullptr) second->sibling = second->before = nullptr;
    TimerNode* const pair = meld(first, second);
    pair->sibling = pairs;
    pairs = pair;
    first = rest;
  }
  TimerNode* all = nullptr;
  while (pairs != nullptr) {
    TimerNode* const next = pairs->sibling;
    pairs->sibling = nullptr;
    all = meld(all, pairs);
    pairs = next;
  }
  return all;
}

void TimerHeap::insert(TimerNode& node) {
  node.child = node.sibling = node.before = nullptr;
  node.number = inserted_++;
  root_ = meld(root_, &node);
  ++size_;
}

void TimerHeap::remove(TimerNode& node) {
  --size_;
  TimerNode* const below = meld_all(node.child);
  node.child = nullptr;
  if (&node == root_) {
    root_ = below;
    return;
  }
  (node.before->child == &node ? node.before->child : node.before->sibling) = node.sibling;
  if (node.sibling != nullptr) node.sibling->before = node.before;
  root_ = meld(root_, below);
}

}  // namespace tessera::rt
