// SPDX-License-Identifier: Apache-2.0
#include "components/linux/futex/glance.hpp"

#include <arch_thread.hpp>
#include <linux_arch/ticks.hpp>

#include "components/linux/core/guest_word.hpp"
#include "components/linux/process/placement.hpp"
#include "components/linux/process/thread.hpp"
#include "components/linux/time/clock.hpp"

namespace tessera::lx {

namespace {

// About what waking a thread on another processor takes, there and back.
constexpr std::uint64_t kMostNs = 30'000;
constexpr unsigned kLooksAtATime = 32;
constexpr std::int8_t kTrusting = 4, kWary = -32;

bool changes_soon(std::uint64_t address, std::uint32_t expected) {
  const std::uint64_t start = read_ticks();
  do {
    for (unsigned at = 0; at < kLooksAtATime; ++at) {
      const auto word = look_at_futex(address);
      if (!word) return false;
      if (*word != expected) return true;
      rt::arch::relax();
    }
  } while (ticks_to_ns(read_ticks() - start) < kMostNs);
  return false;
}

}  // namespace

std::optional<std::uint32_t> look_at_futex(std::uint64_t address) {
  std::uint64_t both = 0;
  if (!peek_guest_word(address & ~std::uint64_t{7}, both)) return std::nullopt;
  return static_cast<std::uint32_t>(both >> (address % 8 * 8));
}

bool changes_at_a_glance(Thread& self, std::uint64_t address, std::uint32_t expected) {
  if (self.futex_trust < 0) {
    ++self.futex_trust;
    return false;
  }
  if (!alone_on_processor(self)) return false;
  if (changes_soon(address, expected)) {
    self.futex_trust = kTrusting;
    return true;
  }
  self.futex_trust = static_cast<std::int8_t>(self.futex_trust > 1 ? self.futex_trust - 1 : kWary);
  return false;
}

}  // namespace tessera::lx
