// SPDX-License-Identifier: Apache-2.0
// The text that genesis reads (docs/formats.md, "Compiled manifest").
#pragma once

#include <string>

#include "tools/manifest/model.hpp"
#include "tools/support/result.hpp"

namespace tessera::tools::manifest {

// Fails when a component's configuration would not fit in its start page.
[[nodiscard]] Result<std::string> compile(const System& system);

}  // namespace tessera::tools::manifest
