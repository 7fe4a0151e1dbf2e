// SPDX-License-Identifier: Apache-2.0
// Interrupt: a line or a message of a device that raises a Notification. The capability that
// names it is held in `target`, so revoking it unbinds.
//
// It may be limited: when `limit` of them come in less than a window, that is a storm. Then the
// source is masked as far as the hardware can, what comes nevertheless is dropped, and the
// Notification that `watch` holds is raised. It stays so until there is a new limit.
//
// Everything here is done under object_lock.
#pragma once

#include <cstdint>

#include "kernel/object/header.hpp"
#include "kernel/object/slot.hpp"
#include "kernel/support/lock.hpp"

namespace tessera::nucleus {

struct Interrupt {
  static constexpr std::uint16_t kPulses = 4;  // a line that is no level on any architecture
  ObjectHeader header;
  std::uint16_t vector = 0;      // of the core
  std::uint16_t flags = 0;       // bit 0 level-triggered, bit 1 active low; kPulses
  bool stormed = false;
  std::uint32_t left = 0;        // until the clock is looked at
  std::uint32_t limit = 0;       // 0: none
  std::uint64_t source = 0;      // global system interrupt, or a message: abi::kMessageSignalled
  std::uint64_t window = 0;      // ticks
  std::uint64_t since = 0;       // when `left` was `limit`
  std::uint64_t took = 0;        // ticks, of the last storm
  Slot target{.home = Home::target, .holder = this};
  Slot watch{.home = Home::target, .holder = this};
};

// No storm; counts anew.
void set_limit(Interrupt& interrupt, std::uint32_t limit, std::uint64_t window) REQUIRES(object_lock);

[[gnu::cold]] bool admit_by_clock(Interrupt& interrupt) REQUIRES(object_lock);
// One came. False: nobody is to hear of it.
[[nodiscard]] inline bool admit(Interrupt& interrupt) REQUIRES(object_lock) {
  return --interrupt.left != 0 || admit_by_clock(interrupt);
}

}  // namespace tessera::nucleus
