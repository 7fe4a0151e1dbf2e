// SPDX-License-Identifier: Apache-2.0
// Which address spaces' translations a core may use again, where those are tagged with a
// number (AArch64: ASIDs, each core's own). A space has a number, which others may have too,
// and a stamp that nothing ever had before: a new one whenever what cores may have cached of
// it is out of date. A core may use what it has under the number if it knows it by the
// space's stamp; if not, it forgets that first.
//
// Both sides need a full fence in between: who changes tables publishes them, gives the new
// stamp and then looks which space each core tells; a core tells its space and then looks
// at the stamp. So one of them sees the other (docs/aarch64.md).
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "kernel/sched/core_set.hpp"

namespace tessera::nucleus {

// Of a space.
struct SpaceNumber {
  unsigned number = 0;
  Relaxed<std::uint64_t> stamp = std::uint64_t{0};
};

class CachedSpaces {
 public:
  static constexpr unsigned kNumbers = 128;  // number 0 is no space's

  // Each core, which says its number, draws its own.
  [[nodiscard]] std::uint64_t new_stamp(unsigned core) { return (drawn_ += kMostCores) | core; }

  [[nodiscard]] bool knows(unsigned number, std::uint64_t stamp) const {
    return (*shown_.load(std::memory_order_relaxed))[number % kNumbers] == stamp;
  }
  // After the core forgot what it had under the number.
  void learn(unsigned number, std::uint64_t stamp) {
    // Shown again before it is emptied: who wants all forgotten meanwhile is not overlooked.
    if (shown_.load(std::memory_order_relaxed) != &known_ && shown_.exchange(&known_, std::memory_order_acq_rel) != &known_) known_ = {};
    known_[number % kNumbers] = stamp;
  }
  // The core itself brought what it has up to date.
  void keep(unsigned number, std::uint64_t from, std::uint64_t to) {
    if (knows(number, from)) known_[number % kNumbers] = to;
  }
  // From any core: this one knows none any more, but what it is using.
  void forget_all() { shown_.store(&kNone, std::memory_order_release); }

 private:
  using Stamps = std::array<std::uint64_t, kNumbers>;
  static constexpr Stamps kNone{};

  std::uint64_t drawn_ = 0;
  std::atomic<const Stamps*> shown_{&known_};
  Stamps known_{};
};

// On the running core, where that has its CachedSpaces. What cores have cached of the space is out of date, and of those it is
// host of (`of_guests`). `here`: not what this core has.
void draw_stamp(SpaceNumber& space, bool here, bool of_guests);

}  // namespace tessera::nucleus
