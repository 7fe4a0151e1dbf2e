// SPDX-License-Identifier: Apache-2.0
#include "components/linux/process/account.hpp"

namespace tessera::lx {

// One that took long was preempted, most likely: it stands for itself alone.
void account_measured(Thread& thread, std::uint64_t ticks) {
  constexpr std::uint64_t kLongNs = 100'000;
  account(thread, ticks_to_ns(ticks) < kLongNs ? ticks * kMeasuredOneIn : ticks);
}

}  // namespace tessera::lx
