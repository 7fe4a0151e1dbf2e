// SPDX-License-Identifier: Apache-2.0
// CLOCK_* of Linux.
#pragma once

#include <cstdint>

#include "components/linux/core/errno.hpp"

namespace tessera::lx {

inline constexpr std::int32_t kClockRealtime = 0, kClockMonotonic = 1, kClockProcess = 2, kClockThread = 3,
                              kClockMonotonicRaw = 4, kClockRealtimeCoarse = 5, kClockMonotonicCoarse = 6,
                              kClockBoottime = 7, kClockRealtimeAlarm = 8, kClockBoottimeAlarm = 9, kClockTai = 11;

// Its present value, ns. EINVAL.
Result<std::uint64_t> read_clock(std::int32_t id);

}  // namespace tessera::lx
