// SPDX-License-Identifier: Apache-2.0
// What the storm did, for the log.
#pragma once

#include "components/storm/rows.hpp"

namespace tessera::storm {

// How the calls ended, and what was never called, or never successfully.
void report(const Tally& tally);

// Kinds of calls that were never made.
[[nodiscard]] std::size_t never_made(const Tally& tally);

}  // namespace tessera::storm
