// SPDX-License-Identifier: Apache-2.0
// The time of day, from whatever keeps it on this machine.
#pragma once

#include <cstdint>
#include <optional>

namespace tessera::genesis {

// Seconds since 1970 at the nucleus' time 0; nothing when the clock is not set.
std::optional<std::uint64_t> boot_time_seconds();

}  // namespace tessera::genesis
