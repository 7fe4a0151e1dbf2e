// SPDX-License-Identifier: Apache-2.0
// Timers by deadline: a pairing heap (Fredman, Sedgewick, Sleator, Tarjan: "The pairing heap",
// Algorithmica 1986) whose nodes lie in those who wait. Insertion takes constant time, taking the first or
// any other out logarithmic time, amortised. Those of the same deadline come in the order of insertion.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tessera::rt {

struct TimerNode {
  std::uint64_t deadline_ns = 0;
  std::uint64_t number = 0;       // of the insertion
  TimerNode* child = nullptr;     // the first of those below
  TimerNode* sibling = nullptr;   // the next below the same
  TimerNode* before = nullptr;    // the sibling before, or whose first child it is
};

class TimerHeap {
 public:
  [[nodiscard]] bool empty() const { return root_ == nullptr; }
  [[nodiscard]] std::size_t size() const { return size_; }
  // The earliest; null when there is none.
  [[nodiscard]] TimerNode* first() const { return root_; }

  void insert(TimerNode& node);
  void remove(TimerNode& node);

 private:
  static TimerNode* meld(TimerNode* a, TimerNode* b);
  static TimerNode* meld_all(TimerNode* first);

  TimerNode* root_ = nullptr;
  std::uint64_t inserted_ = 0;
  std::size_t size_ = 0;
};

}  // namespace tessera::rt
