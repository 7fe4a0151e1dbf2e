// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kernel/support/clock_scale.hpp"

namespace tessera::nucleus::arch {

void start_clock();
ClockFacts clock_facts();

}  // namespace tessera::nucleus::arch
