// SPDX-License-Identifier: Apache-2.0
// What can only be said of all components together: references, channels, cycles.
#pragma once

#include "tools/manifest/model.hpp"

namespace tessera::tools::manifest {

// Notes dangling references and cycles, and puts the components in dependency order.
void check(System& system, Diagnostics& diagnostics);

}  // namespace tessera::tools::manifest
