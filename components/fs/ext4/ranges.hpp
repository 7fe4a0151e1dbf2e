// SPDX-License-Identifier: Apache-2.0
// Sets of block numbers, as ranges that do not overlap.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <vector>

namespace tessera::fs::ext4 {

struct Range {
  std::uint64_t first = 0, count = 0;
  [[nodiscard]] std::uint64_t end() const { return first + count; }
  bool operator==(const Range&) const = default;
};

// Ranges are added and taken out as they are, or in parts.
class RangeSet {
 public:
  void add(Range range) {
    if (range.count != 0) ranges_.emplace(range.first, range.count);
  }
  // All of it is in the set, not necessarily as one range.
  void remove(Range range) {
    while (range.count != 0) {
      const auto found = holding(range.first);
      if (found == ranges_.end()) return;
      const Range whole{found->first, found->second};
      const std::uint64_t end = std::min(whole.end(), range.end());
      ranges_.erase(found);
      add({whole.first, range.first - whole.first});
      add({end, whole.end() - end});
      range = {end, range.end() - end};
    }
  }
  // The end of the range that holds `block`; `block`: none does.
  [[nodiscard]] std::uint64_t end_of(std::uint64_t block) {
    const auto found = holding(block);
    return found == ranges_.end() ? block : found->first + found->second;
  }
  // The first block from `block` on that is in the set, or `limit`.
  [[nodiscard]] std::uint64_t next(std::uint64_t block, std::uint64_t limit) const {
    const auto found = ranges_.lower_bound(block);
    return found == ranges_.end() || found->first > limit ? limit : found->first;
  }
  [[nodiscard]] bool empty() const { return ranges_.empty(); }

 private:
  using Ranges = std::map<std::uint64_t, std::uint64_t>;
  [[nodiscard]] Ranges::iterator holding(std::uint64_t block) {
    auto found = ranges_.upper_bound(block);
    if (found == ranges_.begin()) return ranges_.end();
    --found;
    return found->first + found->second > block ? found : ranges_.end();
  }
  Ranges ranges_;
};

// Ranges that are collected once and then asked for.
class FixedRanges {
 public:
  void add(Range range) { ranges_.push_back(range); }
  // False: some overlap.
  [[nodiscard]] bool settle() {
    std::ranges::sort(ranges_, {}, &Range::first);
    std::vector<Range> merged;
    for (const Range& range : ranges_) {
      if (!merged.empty() && range.first < merged.back().end()) return false;
      if (!merged.empty() && range.first == merged.back().end()) merged.back().count += range.count;
      else merged.push_back(range);
    }
    ranges_ = std::move(merged);
    return true;
  }
  [[nodiscard]] bool meets(Range range) const {
    const auto after = std::ranges::upper_bound(ranges_, range.first, {}, &Range::first);
    if (after != ranges_.end() && after->first < range.end()) return true;
    return after != ranges_.begin() && std::prev(after)->end() > range.first;
  }

 private:
  std::vector<Range> ranges_;
};

}  // namespace tessera::fs::ext4
