// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/scheduler/processor.hpp"

#include <algorithm>

namespace tessera::scheduler::test {

std::uint64_t Processor::priority(const Player& player) {
  return std::min(schedule::kBasePriority, schedule::turn_of(player.entry.level, player.wish).priority);
}

std::uint64_t Processor::slice(const Player& player) {
  const std::uint64_t asked = schedule::turn_of(player.entry.level, player.wish).slice_ns;
  return asked != 0 ? asked : 4 * kMs;
}

Player& Processor::add(Wish wish, std::uint64_t burst_ns, std::uint64_t pause_ns) {
  Player& player = *players_.emplace_back(std::make_unique<Player>());
  player.wish = wish;
  player.burst_ns = player.left_ns = burst_ns;
  player.pause_ns = pause_ns;
  player.since_ns = player.woken_ns = now_ns_;
  player.entry.level = background(wish) ? Level::background : Level::base;
  player.slice_ns = slice(player);
  queue(player);
  return player;
}

void Processor::wake() {
  for (const auto& player : players_) {
    if (player->ready || player->wakes_ns > now_ns_) continue;
    player->ready = true;
    player->left_ns = player->burst_ns;
    player->since_ns = player->woken_ns = now_ns_;
    player->slice_ns = slice(*player);
    queue(*player);
  }
}

void Processor::step() {
  const auto line = std::ranges::find_if(ready_.rbegin(), ready_.rend(), [](const auto& one) { return !one.empty(); });
  if (line == ready_.rend()) return;
  Player& player = *line->front();
  player.longest_wait_ns = std::max(player.longest_wait_ns, now_ns_ - player.since_ns);
  player.ran_ns += kStepNs;
  player.since_ns = now_ns_ + kStepNs;
  if (player.burst_ns != 0 && (player.left_ns -= std::min(player.left_ns, kStepNs)) == 0) {
    line->pop_front();
    player.ready = false;
    ++player.rests;
    player.wakes_ns = now_ns_ + kStepNs + player.pause_ns;
    player.slowest_burst_ns = std::max(player.slowest_burst_ns, now_ns_ + kStepNs - player.woken_ns);
  } else if (player.slice_ns <= kStepNs) {
    line->pop_front();
    player.slice_ns = slice(player);
    queue(player);
  } else {
    player.slice_ns -= kStepNs;
  }
}

void Processor::decide() {
  entries_.clear();
  for (const auto& player : players_) {
    player->entry.wish = player->wish;
    player->entry.sample = {.ran_ns = player->ran_ns - player->ran_before_ns, .rests = player->rests - player->rested_before, .ready = player->ready};
    player->ran_before_ns = player->ran_ns;
    player->rested_before = player->rests;
    entries_.push_back(player->entry);
  }
  policy_.decide(entries_, kWindowNs);
  for (std::size_t i = 0; i < players_.size(); ++i) {
    Player& player = *players_[i];
    const std::uint64_t before = priority(player);
    player.entry = entries_[i];
    ++player.windows.at(schedule::index_of(player.entry.level));
    if (!player.ready || priority(player) == before) continue;
    std::erase(ready_.at(before), &player);
    queue(player);
  }
}

void Processor::run(std::uint64_t ns) {
  for (const std::uint64_t end = now_ns_ + ns; now_ns_ < end; now_ns_ += kStepNs) {
    if (now_ns_ % kWindowNs == 0 && now_ns_ != 0) decide();
    wake();
    step();
  }
}

}  // namespace tessera::scheduler::test
