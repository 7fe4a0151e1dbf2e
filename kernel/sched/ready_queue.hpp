// SPDX-License-Identifier: Apache-2.0
// Threads of a core that are ready but not running: 256 queues, first in first
// out within a priority, found by two bit scans.
#pragma once

#include <array>
#include <bit>
#include <cstdint>

#include "kernel/object/thread.hpp"

namespace tessera::nucleus {

class ReadyQueue {
 public:
  // Highest priority with a ready thread; -1 when there is none.
  [[nodiscard]] int highest() const {
    if (words_in_use_ == 0) return -1;
    const unsigned word = 31u - static_cast<unsigned>(std::countl_zero(words_in_use_));
    return static_cast<int>(word * 64 + 63u - static_cast<unsigned>(std::countl_zero(bits_[word])));
  }
  [[nodiscard]] Thread* front(unsigned priority) const { return queues_[priority].front(); }

  void push_back(Thread& thread) {
    queues_[thread.effective_priority].push_back(thread);
    mark(thread.effective_priority);
  }
  void push_front(Thread& thread) {
    queues_[thread.effective_priority].push_front(thread);
    mark(thread.effective_priority);
  }
  // The first thread of this one's priority, which has one, makes way for it; it goes last.
  Thread& take_turn(Thread& thread) {
    WaitList& queue = queues_[thread.effective_priority];
    Thread& first = *queue.front();
    queue.push_back(thread);
    queue.pop_front();
    return first;
  }
  void remove(Thread& thread) {
    const unsigned priority = thread.effective_priority;
    queues_[priority].remove(thread);
    if (!queues_[priority].empty()) return;
    bits_[priority / 64] &= ~(std::uint64_t{1} << (priority % 64));
    if (bits_[priority / 64] == 0) words_in_use_ &= ~(1u << (priority / 64));
  }

 private:
  void mark(unsigned priority) {
    bits_[priority / 64] |= std::uint64_t{1} << (priority % 64);
    words_in_use_ |= 1u << (priority / 64);
  }
  std::array<WaitList, 256> queues_{};
  std::array<std::uint64_t, 4> bits_{};
  std::uint32_t words_in_use_ = 0;
};

}  // namespace tessera::nucleus
