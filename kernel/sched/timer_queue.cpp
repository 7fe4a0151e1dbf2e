// SPDX-License-Identifier: Apache-2.0
// Leftist heap: Crane 1972; Knuth, The Art of Computer Programming 3, 5.2.3.
#include "kernel/sched/timer_queue.hpp"

#include <utility>

namespace tessera::nucleus {

static std::uint32_t rank_of(const TimerNode* node) { return node == nullptr ? 0 : node->rank; }

// Restores "left is at least as deep as right" in one node.
static void settle(TimerNode& node) {
  if (rank_of(node.left) < rank_of(node.right)) std::swap(node.left, node.right);
  node.rank = rank_of(node.right) + 1;
}

// Merges two heaps along their right spines, which are O(log n) long; returns
// the root, whose parent the caller sets.
static TimerNode* merge(TimerNode* a, TimerNode* b) {
  TimerNode* root = nullptr;
  TimerNode* last = nullptr;
  while (a != nullptr && b != nullptr) {
    if (b->deadline < a->deadline) std::swap(a, b);
    (last == nullptr ? root : last->right) = a;
    a->parent = last;
    last = a;
    a = a->right;
  }
  TimerNode* rest = a != nullptr ? a : b;
  if (last == nullptr) return rest;
  last->right = rest;
  if (rest != nullptr) rest->parent = last;
  for (TimerNode* node = last; node != nullptr; node = node->parent) settle(*node);
  return root;
}

void TimerQueue::insert(TimerNode& node, std::uint64_t deadline) {
  if (node.queued) remove(node);
  node.deadline = deadline;
  node.left = node.right = node.parent = nullptr;
  node.rank = 1;
  node.queued = true;
  root_ = merge(root_, &node);
  root_->parent = nullptr;
}

void TimerQueue::remove(TimerNode& node) {
  if (!node.queued) return;
  node.queued = false;
  TimerNode* parent = node.parent;
  TimerNode* rest = merge(node.left, node.right);
  if (rest != nullptr) rest->parent = parent;
  if (parent == nullptr) {
    root_ = rest;
  } else {
    (parent->left == &node ? parent->left : parent->right) = rest;
    // Ranks change along the path up only until one stays the same.
    for (TimerNode* up = parent; up != nullptr; up = up->parent) {
      const std::uint32_t before = up->rank;
      settle(*up);
      if (up->rank == before) break;
    }
  }
  node.left = node.right = node.parent = nullptr;
}

}  // namespace tessera::nucleus
