// SPDX-License-Identifier: Apache-2.0
// The component that schedules each Linux system's threads.
#pragma once

#include "tools/manifest/model.hpp"
#include "tools/support/result.hpp"

namespace tessera::tools::manifest {

// Adds one for each component of kind linux that does not do without.
[[nodiscard]] Result<void> add_schedulers(System& system);

}  // namespace tessera::tools::manifest
