// SPDX-License-Identifier: Apache-2.0
// Condition variables of owned futexes (FUTEX_WAIT_REQUEUE_PI, FUTEX_CMP_REQUEUE_PI): who
// waits on one word is handed another, or queued for it, without running in between.
#pragma once

#include <cstdint>

#include "components/linux/core/errno.hpp"

namespace tessera::lx {

// 0 with the futex at `target` held. EAGAIN when the word is not `expected`, or when a
// signal came after the requeue; ETIMEDOUT.
Result<std::int64_t> wait_for_owned_futex(std::uint64_t address, std::uint32_t expected, std::uint64_t deadline,
                                          std::uint64_t target, bool is_private);

struct OwnedRequeue {
  std::uint64_t from = 0, to = 0;
  std::uint32_t expected = 0;
  std::int32_t wake = 0, requeue = 0;  // Linux wants 1 for the first
  bool is_private = false;
};
// How many were handed the futex or queued for it.
Result<std::int64_t> requeue_to_owned_futex(const OwnedRequeue& request);

}  // namespace tessera::lx
