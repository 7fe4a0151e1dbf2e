// SPDX-License-Identifier: Apache-2.0
// The idea of levels and of spending: Corbato et al., "An Experimental Time-Sharing System",
// 1962; Arpaci-Dusseau, "Operating Systems: Three Easy Pieces", chapter 8.
#include "components/scheduler/policy.hpp"

#include <algorithm>

namespace tessera::scheduler {

namespace {

constexpr std::uint64_t kMs = 1'000'000;
constexpr std::uint64_t kBriefNs = kMs;
constexpr std::uint64_t kMiddleFrom = 8 * kMs, kBulkFrom = 24 * kMs, kMostSpent = 40 * kMs;
// Windows that a level starves before one of its threads goes up a level, and then another.
constexpr std::uint16_t kPatience = 10, kBackgroundPatience = 25;

std::uint16_t patience(std::size_t level) {
  return level == schedule::index_of(Level::background) ? kBackgroundPatience : kPatience;
}

// It computes in stretches too short for others to wait for: between one sleep and the next.
bool brief(const Entry& entry) { return entry.sample.rests != 0 && entry.sample.ran_ns / entry.sample.rests < kBriefNs; }

void account(Entry& entry, std::uint64_t window_ns) {
  Standing& standing = entry.standing;
  const Sample& sample = entry.sample;
  // A nicer thread is sooner thought to compute.
  const std::uint64_t ran = std::min(sample.ran_ns, kMostSpent);
  const std::uint64_t cost = entry.wish.nice > 0 ? schedule::weighted(ran, -entry.wish.nice) : ran;
  standing.spent_ns = std::min(standing.spent_ns + cost, kMostSpent);
  // Who rests all the time may be found ready, behind one who computes, at each window's end.
  std::uint64_t forgotten = 0;
  if (!sample.ready) forgotten = window_ns / 2;
  else if (brief(entry)) forgotten = (window_ns - std::min(sample.ran_ns, window_ns)) / 3;
  standing.spent_ns -= std::min(standing.spent_ns, forgotten);
  standing.hungry = sample.ready && sample.ran_ns == 0 ? standing.hungry + 1 : 0;
}

// `alone`: nobody on its processor computes in long stretches.
Level earned(const Entry& entry, bool alone) {
  if (background(entry.wish)) return Level::background;
  if (alone && brief(entry)) return entry.wish.what == Class::batch ? Level::middle : Level::base;
  if (entry.standing.spent_ns >= kBulkFrom) return Level::bulk;
  if (entry.standing.spent_ns >= kMiddleFrom || entry.wish.what == Class::batch) return Level::middle;
  return Level::base;
}

struct Group {
  bool ready = false, ran = false;
  Entry* hungriest = nullptr;
};

}  // namespace

void Policy::decide(std::span<Entry> entries, std::uint64_t window_ns) {
  std::array<std::array<Group, schedule::kLevels>, kMostProcessors> groups{};
  std::array<bool, kMostProcessors> computes{};  // somebody does, in long stretches
  for (Entry& entry : entries) {
    account(entry, window_ns);
    if (entry.sample.ready && !brief(entry) && entry.standing.spent_ns >= kMiddleFrom) computes.at(entry.processor) = true;
  }
  for (Entry& entry : entries) {
    entry.level = earned(entry, !computes.at(entry.processor));
    Group& group = groups.at(entry.processor).at(schedule::index_of(entry.level));
    group.ready = group.ready || entry.sample.ready;
    group.ran = group.ran || entry.sample.ran_ns != 0;
    if (entry.standing.hungry == 0) continue;
    if (group.hungriest == nullptr || group.hungriest->standing.hungry < entry.standing.hungry) group.hungriest = &entry;
  }
  for (std::size_t processor = 0; processor < kMostProcessors; ++processor) {
    for (std::size_t level = 0; level < schedule::kLevels; ++level) {
      const Group& group = groups.at(processor).at(level);
      std::uint16_t& starving = starving_.at(processor).at(level);
      if (!group.ready || group.ran) {
        starving = 0;
        continue;
      }
      if (starving != UINT16_MAX) ++starving;
      const std::size_t up = std::min<std::size_t>(level, starving / patience(level));
      if (group.hungriest != nullptr) group.hungriest->level = static_cast<Level>(level - up);
    }
  }
}

bool settled(std::span<const Entry> entries, std::uint64_t window_ns) {
  return std::ranges::all_of(entries, [window_ns](const Entry& entry) {
    // Partners that wake each other: when somebody else computes, the nucleus tells of it.
    if (brief(entry)) return entry.level == earned(entry, true);
    if (entry.sample.ready) return entry.sample.ran_ns >= window_ns - window_ns / 8;
    return entry.level == earned(entry, false) && entry.standing.spent_ns < kMiddleFrom;
  });
}

}  // namespace tessera::scheduler
