// SPDX-License-Identifier: Apache-2.0
// A futex that is held by a thread on another processor is likely free before the sleep and
// the wake-up that it would cost are over: so who is to wait for it looks at it for a
// moment first, without the lock. Where it changed, the call ends as one that came later.
//
// Not where another thread waits for the same processor, which may be the one that is to
// change it, nor for a while after that was in vain.
#include <arch_thread.hpp>
#include <linux_arch/ticks.hpp>

#include "components/linux/core/guest_word.hpp"
#include "components/linux/process/placement.hpp"
#include "components/linux/process/thread.hpp"
#include "components/linux/syscall/beside.hpp"
#include "components/linux/time/clock.hpp"

namespace tessera::lx {

namespace {

// About what waking a thread on another processor takes, there and back.
constexpr std::uint64_t kMostNs = 30'000;
constexpr unsigned kLooksAtATime = 32;
constexpr std::int8_t kTrusting = 4, kWary = -32;

// FUTEX_WAIT, of a word of this process or not, without a time limit.
bool waits_plainly(const Arguments& arguments) {
  constexpr std::uint64_t kWait = 0, kPrivate = 128;
  return (static_cast<std::uint32_t>(arguments[1]) & ~kPrivate) == kWait && arguments[3] == 0 && arguments[0] % 4 == 0;
}

// Nothing when the word is not at hand.
std::optional<std::uint32_t> look(std::uint64_t address) {
  std::uint64_t both = 0;
  if (!peek_guest_word(address & ~std::uint64_t{7}, both)) return std::nullopt;
  return static_cast<std::uint32_t>(both >> (address % 8 * 8));
}

bool changes_soon(std::uint64_t address, std::uint32_t expected) {
  const std::uint64_t start = read_ticks();
  do {
    for (unsigned at = 0; at < kLooksAtATime; ++at) {
      const auto word = look(address);
      if (!word) return false;
      if (*word != expected) return true;
      rt::arch::relax();
    }
  } while (ticks_to_ns(read_ticks() - start) < kMostNs);
  return false;
}

}  // namespace

std::optional<std::int64_t> beside_futex(const Arguments& arguments) {
  if (!waits_plainly(arguments)) return std::nullopt;
  Thread& self = *current_or_null();
  if (self.futex_trust < 0) {
    ++self.futex_trust;
    return std::nullopt;
  }
  if (!alone_on_processor(self)) return std::nullopt;
  if (changes_soon(arguments[0], static_cast<std::uint32_t>(arguments[2]))) {
    self.futex_trust = kTrusting;
    return -static_cast<std::int64_t>(Errno::eagain);
  }
  self.futex_trust = static_cast<std::int8_t>(self.futex_trust > 1 ? self.futex_trust - 1 : kWary);
  return std::nullopt;
}

}  // namespace tessera::lx
