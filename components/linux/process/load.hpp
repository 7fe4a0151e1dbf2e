// SPDX-License-Identifier: Apache-2.0
// The load averages: how many threads wanted to run, damped over 1, 5 and 15
// minutes. Sampled every five seconds of activity by a timer.
#pragma once

#include <array>
#include <cstdint>

namespace tessera::lx {

std::array<std::uint32_t, 3> load_averages();  // in hundredths
std::uint32_t runnable_threads();
void start_load_sampling();

}  // namespace tessera::lx
