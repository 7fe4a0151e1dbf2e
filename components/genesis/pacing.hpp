// SPDX-License-Identifier: Apache-2.0
// When a component that ended is started again. At once, as a rule; one that ends more often than ten times a second
// waits for its turn, and one that never gets as far as being ready waits twice as long each time. So a failure that
// passes costs nothing, and one that does not costs the others little.
#pragma once

#include <algorithm>
#include <cstdint>

namespace tessera::genesis {

class Pacing {
 public:
  static constexpr std::uint64_t kIntervalNs = 100'000'000;  // between two starts, in the long run
  static constexpr std::uint64_t kAtOnce = 8;                // starts in a row that need not wait
  static constexpr std::uint64_t kFirstPauseNs = 10'000'000, kLongestPauseNs = 5'000'000'000;

  // The time of the next start, for a life that ended at `now` and was ready before, or was not.
  [[nodiscard]] std::uint64_t next_start(std::uint64_t now, bool was_ready) {
    unready_ = was_ready ? 0 : unready_ + 1;
    constexpr std::uint64_t kCredit = (kAtOnce - 1) * kIntervalNs;
    const std::uint64_t in_turn = earned_ > kCredit ? earned_ - kCredit : 0;
    earned_ = std::max(earned_, now) + kIntervalNs;
    return std::max({now, in_turn, now + pause()});
  }

 private:
  [[nodiscard]] std::uint64_t pause() const {
    constexpr std::uint64_t kMostDoublings = 9;
    if (unready_ < 2) return 0;
    return std::min(kFirstPauseNs << std::min(unready_ - 2, kMostDoublings), kLongestPauseNs);
  }

  std::uint64_t earned_ = 0;  // when all starts so far are paid for
  std::uint64_t unready_ = 0;
};

}  // namespace tessera::genesis
