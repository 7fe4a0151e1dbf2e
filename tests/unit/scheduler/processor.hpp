// SPDX-License-Identifier: Apache-2.0
// A processor as the nucleus shares it: the highest priority first, turns within one. Threads
// compute and sleep as they are told; the policy decides after each window.
#pragma once

#include <array>
#include <deque>
#include <memory>
#include <vector>

#include "components/scheduler/policy.hpp"

namespace tessera::scheduler::test {

inline constexpr std::uint64_t kUs = 1'000, kMs = 1'000'000, kStepNs = 50 * kUs, kWindowNs = 10 * kMs;

struct Player {
  Wish wish;
  std::uint64_t burst_ns = 0;  // computes so long, then sleeps; 0: never sleeps
  std::uint64_t pause_ns = 0;
  // What became of it.
  std::uint64_t ran_ns = 0;
  std::uint64_t longest_wait_ns = 0;    // ready, and not a step was its
  std::uint64_t slowest_burst_ns = 0;   // from its wake to its end
  std::array<std::uint64_t, schedule::kLevels> windows{};  // on each level

  // Of the play.
  bool ready = true;
  std::uint64_t rests = 0, rested_before = 0;
  std::uint64_t left_ns = 0, since_ns = 0, woken_ns = 0, wakes_ns = 0, slice_ns = 0, ran_before_ns = 0;
  Entry entry;
};

class Processor {
 public:
  Player& add(Wish wish, std::uint64_t burst_ns = 0, std::uint64_t pause_ns = 0);
  void run(std::uint64_t ns);
  // The last window's.
  [[nodiscard]] bool settled() const { return scheduler::settled(entries_, kWindowNs); }

 private:
  [[nodiscard]] static std::uint64_t priority(const Player& player);
  [[nodiscard]] static std::uint64_t slice(const Player& player);
  void queue(Player& player) { ready_.at(priority(player)).push_back(&player); }
  void wake();
  void step();
  void decide();

  std::vector<std::unique_ptr<Player>> players_;
  std::array<std::deque<Player*>, 256> ready_;
  std::vector<Entry> entries_;
  Policy policy_;
  std::uint64_t now_ns_ = 0;
};

}  // namespace tessera::scheduler::test
