// SPDX-License-Identifier: Apache-2.0
// Timers by deadline: a binary heap whose entries know their place, so that one
// can be disarmed in O(log n). Knows nothing of clocks or threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tessera::lx {

class TimerHeap;

// Lives in what it times; must be disarmed before it goes.
class TimerEntry {
 public:
  using Action = void (*)(TimerEntry& entry, void* argument);
  TimerEntry() = default;
  ~TimerEntry();
  TimerEntry(const TimerEntry&) = delete;
  TimerEntry& operator=(const TimerEntry&) = delete;

  [[nodiscard]] bool armed() const { return heap_ != nullptr; }
  [[nodiscard]] std::uint64_t deadline_ns() const { return deadline_ns_; }
  // Called with the entry disarmed; may arm it again.
  Action action = nullptr;
  void* argument = nullptr;

 private:
  friend class TimerHeap;
  TimerHeap* heap_ = nullptr;
  std::size_t index_ = 0;
  std::uint64_t deadline_ns_ = 0;
};

class TimerHeap {
 public:
  static constexpr std::uint64_t kNever = ~std::uint64_t{0};

  // Arms or moves an entry. True when it is now the first: whoever sleeps until
  // the first deadline must look again.
  bool arm(TimerEntry& entry, std::uint64_t deadline_ns);
  void disarm(TimerEntry& entry);
  [[nodiscard]] std::uint64_t first_deadline() const;
  // Runs the actions of all entries that are due.
  void run(std::uint64_t now_ns);
  [[nodiscard]] std::size_t size() const { return entries_.size(); }

 private:
  void place(std::size_t index, TimerEntry* entry);
  void sift_up(std::size_t index);
  void sift_down(std::size_t index);

  std::vector<TimerEntry*> entries_;
};

}  // namespace tessera::lx
