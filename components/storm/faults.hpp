// SPDX-License-Identifier: Apache-2.0
// Who hears of the members' faults: a thread of the supervisor. A member that faulted
// stays stopped until the supervisor looks after it; one whose budget is used up goes on
// when there is time again.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "lib/rt/objects.hpp"

namespace tessera::storm {

class Faults {
 public:
  static constexpr std::uint64_t kMostMembers = 8;

  Faults();
  // An endpoint that tells faults of this member.
  [[nodiscard]] rt::Handle endpoint(std::size_t member) const { return badged_[member]; }

  [[nodiscard]] std::uint64_t faults() const { return faults_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t timeouts() const { return timeouts_.load(std::memory_order_relaxed); }

 private:
  [[noreturn]] void listen();

  rt::Handle endpoint_, reply_;
  std::array<rt::Handle, kMostMembers> badged_{};
  std::atomic<std::uint64_t> faults_ = 0, timeouts_ = 0;
};

}  // namespace tessera::storm
