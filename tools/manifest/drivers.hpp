// SPDX-License-Identifier: Apache-2.0
// What each program is a driver of, as it was declared where it is built (tessera_drives in its CMakeLists.txt).
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tools/manifest/model.hpp"
#include "tools/support/result.hpp"

namespace tessera::tools::manifest {

struct Driver {
  std::string program;
  std::string device;  // as a grant names it
};

// Lines of PROGRAM, a tab, DEVICE.
[[nodiscard]] Result<std::vector<Driver>> parse_drivers(std::string_view text);

// In place of each grant of the device "auto" those that the component's program drives; "auto#N" is the one with that number of each.
void grant_own_devices(Component& component, std::span<const Driver> drivers, Diagnostics& diagnostics);

}  // namespace tessera::tools::manifest
