// SPDX-License-Identifier: Apache-2.0
// A sporadic server: at most `budget` ticks of use in any window of `period`
// ticks, however the use is spread. What is used from some moment on comes back
// one period after that moment (Sprunt, Sha, Lehoczky 1989, with the corrections
// of Stanovich, Baker, Wang, Harbour 2010).
//
// Invariants: entries are sorted by time, none is empty, together they are the
// budget. There are at most kMost: where one more would be needed two become one
// at the later time, which gives less, never more.
#pragma once

#include <array>
#include <cstdint>

namespace tessera::nucleus {

class Replenishments {
 public:
  static constexpr unsigned kMost = 8;

  // Ticks; 0 < budget <= period.
  void configure(std::uint64_t budget, std::uint64_t period);
  // Ticks that may be used from `now` on without a break.
  [[nodiscard]] std::uint64_t available(std::uint64_t now) const;
  // When there is something to use; not after now if there is already.
  [[nodiscard]] std::uint64_t next() const { return entry(0).time; }
  // Accounts for use from `now - used` to `now`. More than was available (a timer
  // that fired late) is borrowed from what comes next.
  void use(std::uint64_t used, std::uint64_t now);

  [[nodiscard]] std::uint64_t total() const;

 private:
  struct Entry {
    std::uint64_t time = 0;    // usable from then on
    std::uint64_t amount = 0;  // ticks
  };
  [[nodiscard]] const Entry& entry(unsigned index) const { return entries_[(first_ + index) % kMost]; }
  [[nodiscard]] Entry& entry(unsigned index) { return entries_[(first_ + index) % kMost]; }
  void come_back(std::uint64_t amount, std::uint64_t time);

  std::uint64_t budget_ = 1, period_ = 1;
  std::array<Entry, kMost> entries_{Entry{.time = 0, .amount = 1}};
  std::uint8_t first_ = 0, count_ = 1;
};

}  // namespace tessera::nucleus
