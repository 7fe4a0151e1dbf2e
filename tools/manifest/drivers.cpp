// SPDX-License-Identifier: Apache-2.0
#include "tools/manifest/drivers.hpp"

namespace tessera::tools::manifest {

Result<std::vector<Driver>> parse_drivers(std::string_view text) {
  std::vector<Driver> drivers;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    const std::size_t tab = line.find('\t');
    if (tab == 0 || tab == std::string_view::npos || tab + 1 == line.size()) return fail("the list of drivers is damaged: '" + std::string(line) + "'");
    drivers.push_back({std::string(line.substr(0, tab)), std::string(line.substr(tab + 1))});
  }
  return drivers;
}

void grant_own_devices(Component& component, std::span<const Driver> drivers, Diagnostics& diagnostics) {
  constexpr std::string_view kAuto = "auto";
  std::vector<Grant> grants;
  for (const Grant& grant : component.grants) {
    const std::string name = grant.value.substr(0, grant.value.find('#'));
    if (grant.name != "device" || name != kAuto) {
      grants.push_back(grant);
      continue;
    }
    const std::size_t before = grants.size();
    for (const Driver& one : drivers) {
      if (one.program == component.program) grants.push_back({grant.name, one.device + grant.value.substr(name.size()), grant.where});
    }
    if (grants.size() == before) {
      diagnostics.add(grant.where, "the program '" + component.program + "' does not say what it drives (tessera_drives in its CMakeLists.txt): name the device");
    }
  }
  component.grants = std::move(grants);
}

}  // namespace tessera::tools::manifest
