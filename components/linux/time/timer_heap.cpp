// SPDX-License-Identifier: Apache-2.0
#include "components/linux/time/timer_heap.hpp"

namespace tessera::lx {

TimerEntry::~TimerEntry() {
  if (heap_ != nullptr) heap_->disarm(*this);
}

void TimerHeap::place(std::size_t index, TimerEntry* entry) {
  entries_[index] = entry;
  entry->index_ = index;
}

void TimerHeap::sift_up(std::size_t index) {
  TimerEntry* const entry = entries_[index];
  while (index != 0) {
    const std::size_t above = (index - 1) / 2;
    if (entries_[above]->deadline_ns_ <= entry->deadline_ns_) break;
    place(index, entries_[above]);
    index = above;
  }
  place(index, entry);
}

void TimerHeap::sift_down(std::size_t index) {
  TimerEntry* const entry = entries_[index];
  for (;;) {
    std::size_t below = 2 * index + 1;
    if (below >= entries_.size()) break;
    if (below + 1 < entries_.size() && entries_[below + 1]->deadline_ns_ < entries_[below]->deadline_ns_) ++below;
    if (entry->deadline_ns_ <= entries_[below]->deadline_ns_) break;
    place(index, entries_[below]);
    index = below;
  }
  place(index, entry);
}

bool TimerHeap::arm(TimerEntry& entry, std::uint64_t deadline_ns) {
  disarm(entry);
  entry.heap_ = this;
  entry.deadline_ns_ = deadline_ns;
  entry.index_ = entries_.size();
  entries_.push_back(&entry);
  sift_up(entry.index_);
  return entry.index_ == 0;
}

void TimerHeap::disarm(TimerEntry& entry) {
  if (entry.heap_ != this) return;
  entry.heap_ = nullptr;
  const std::size_t index = entry.index_;
  TimerEntry* const last = entries_.back();
  entries_.pop_back();
  if (last == &entry) return;
  place(index, last);
  sift_up(index);
  sift_down(last->index_);
}

std::uint64_t TimerHeap::first_deadline() const { return entries_.empty() ? kNever : entries_.front()->deadline_ns_; }

void TimerHeap::run(std::uint64_t now_ns) {
  while (!entries_.empty() && entries_.front()->deadline_ns_ <= now_ns) {
    TimerEntry& entry = *entries_.front();
    disarm(entry);
    if (entry.action != nullptr) entry.action(entry, entry.argument);
  }
}

}  // namespace tessera::lx
