// SPDX-License-Identifier: Apache-2.0
// Deadlines of a core, in a leftist heap through the objects that wait: insert,
// remove and remove-first take O(log n) steps, whoever made how many.
#pragma once

#include <cstdint>

namespace tessera::nucleus {

// Clock ticks: no deadline.
inline constexpr std::uint64_t kNever = ~std::uint64_t{0};

struct TimerNode {
  enum class Kind : std::uint8_t { thread_wait, timer_object, budget };
  constexpr explicit TimerNode(Kind kind_of_node) : kind(kind_of_node) {}

  Kind kind;
  bool queued = false;
  std::uint16_t core = 0;  // in whose queue it is or was last
  std::uint32_t rank = 0;  // length of the shortest path to a missing child
  std::uint64_t deadline = 0;  // clock ticks
  TimerNode* left = nullptr;
  TimerNode* right = nullptr;
  TimerNode* parent = nullptr;
};

class TimerQueue {
 public:
  [[nodiscard]] TimerNode* first() const { return root_; }
  void insert(TimerNode& node, std::uint64_t deadline);
  void remove(TimerNode& node);

 private:
  TimerNode* root_ = nullptr;
};

}  // namespace tessera::nucleus
