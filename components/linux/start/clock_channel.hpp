// SPDX-License-Identifier: Apache-2.0
// The channel to the driver of what keeps the time of day (abi/protocols/clock.toml).
#pragma once

#include "lib/rt/start.hpp"

namespace tessera::lx {

// Attaches the channel `clock`, if it was granted, and makes /dev/rtc0. With the big lock held. False: the channel is broken.
bool open_clock_channel(const rt::Start& start);

}  // namespace tessera::lx
