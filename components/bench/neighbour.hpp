// SPDX-License-Identifier: Apache-2.0
// What the bench and its neighbour tell each other in the memory of their channel.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string_view>

#include "lib/rt/raw_memory.hpp"
#include "lib/rt/start.hpp"

namespace tessera::bench {

// What the neighbour does on its core; the bench says which, and measures its own beside it.
// The first is what the others are compared with: the core is as busy, the nucleus is not.
inline constexpr std::array<std::string_view, 13> kNeighbourWork{
    "compute",        "notify",        "wake",     "map-unmap",  "retype-delete", "mint-revoke", "namespace",
    "guest-fault",    "kick",          "long-call", "fault",     "suspend-resume", "budget"};

class Neighbourhood {
 public:
  explicit Neighbourhood(const rt::Grant& channel)
      : wanted_(rt::object_at<std::uint64_t>(channel.address)), done_(rt::object_at<std::uint64_t>(channel.address + 64)) {}

  // The bench: returns when the neighbour is at it.
  void ask(std::uint64_t number, std::uint64_t work) {
    wanted_.store(number * kNeighbourWork.size() + work, std::memory_order_release);
    while (done_.load(std::memory_order_acquire) != wanted_.load(std::memory_order_relaxed)) {}
  }
  // The neighbour: what it is to do now, and that it begins with it.
  [[nodiscard]] std::uint64_t wanted() const { return wanted_.load(std::memory_order_acquire); }
  void begun(std::uint64_t wanted) { done_.store(wanted, std::memory_order_release); }

 private:
  std::atomic_ref<std::uint64_t> wanted_, done_;
};

}  // namespace tessera::bench
