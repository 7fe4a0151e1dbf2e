// SPDX-License-Identifier: Apache-2.0
// The machine's clock is a PL031, which is found in the device tree: genesis does not read
// that yet, so nobody knows the time of day.
#include "components/genesis/time_of_day.hpp"

namespace tessera::genesis {

std::optional<std::uint64_t> boot_time_seconds() { return std::nullopt; }

}  // namespace tessera::genesis
