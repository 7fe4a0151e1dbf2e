// SPDX-License-Identifier: Apache-2.0
// The operator's way into a system that runs: `control` and its link to the host (components/control).
#pragma once

#include "tools/manifest/model.hpp"

namespace tessera::tools::manifest {

// As if the manifest had them; nothing where it has a component `control` of its own, or a driver for that link.
void add_operator(System& system);

}  // namespace tessera::tools::manifest
