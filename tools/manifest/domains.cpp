// SPDX-License-Identifier: Apache-2.0
#include "tools/manifest/domains.hpp"

#include <algorithm>

namespace tessera::tools::manifest {

std::size_t place_of(const System& system, const Component& component) {
  std::size_t place = 0;
  for (const Component& one : system.components) {
    if (one.name == component.name) break;
    if (one.domain == component.domain) ++place;
  }
  return place;
}

std::string placed_program(const std::string& program, std::size_t place) {
  return place == 0 ? program : program + "-d" + std::to_string(place);
}

void check_domains(const System& system, Diagnostics& diagnostics) {
  for (const Component& one : system.components) {
    const auto count = static_cast<std::uint64_t>(std::ranges::count(system.components, one.domain, &Component::domain));
    if (count == 1) continue;
    if (one.kind == Kind::linux) diagnostics.add(one.where, "'" + one.name + "' is of kind linux, which has an address space of its own: no other component can be in its domain");
    if (place_of(system, one) == format::kMostPlaces) {
      diagnostics.add(one.where, "the domain '" + one.domain + "' has more than " + std::to_string(format::kMostPlaces) + " components");
    }
  }
}

}  // namespace tessera::tools::manifest
