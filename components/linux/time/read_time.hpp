// SPDX-License-Identifier: Apache-2.0
// A guest's struct timespec or timeval as nanoseconds. EFAULT, EINVAL.
#pragma once

#include "components/linux/core/guest_memory.hpp"
#include "components/linux/time/convert.hpp"

namespace tessera::lx {

template <typename Time = GuestTimespec>
Result<std::uint64_t> read_time(std::uint64_t address) {
  const auto time = read_guest<Time>(address);
  if (!time) return fail(time.error());
  return ns_of(*time);
}

}  // namespace tessera::lx
