// SPDX-License-Identifier: Apache-2.0
// A machine's core begins to take part.
#pragma once

namespace tessera::nucleus {

// Runs what is ready on the running core, for good.
[[noreturn]] void begin_scheduling();

}  // namespace tessera::nucleus
