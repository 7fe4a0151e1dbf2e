// SPDX-License-Identifier: Apache-2.0
// What a component may ask genesis for while it runs (docs/components.md).
#pragma once

#include "tools/manifest/model.hpp"
#include "tools/toml/reader.hpp"

namespace tessera::tools::manifest {

// The table `requests` of a component.
[[nodiscard]] Requests load_requests(const toml::Reader& component);

// Of all components together: both ends of a channel ask for it; a device or an interrupt that one is granted is nobody's
// to ask for.
void check_requests(const System& system, Diagnostics& diagnostics);

}  // namespace tessera::tools::manifest
