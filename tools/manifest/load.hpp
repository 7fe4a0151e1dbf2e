// SPDX-License-Identifier: Apache-2.0
// Reads and checks a systems/*.toml.
#pragma once

#include <string>
#include <string_view>

#include "tools/manifest/drivers.hpp"

namespace tessera::tools::manifest {

// The system, its components in dependency order; only good when no diagnostic was added. `drivers`: what a device "auto" means.
[[nodiscard]] System load(std::string_view text, const std::string& file, Diagnostics& diagnostics, std::span<const Driver> drivers = {});

}  // namespace tessera::tools::manifest
