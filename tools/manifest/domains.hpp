// SPDX-License-Identifier: Apache-2.0
// Components that share an address space (docs/formats.md, "Domains").
#pragma once

#include "tools/manifest/model.hpp"
#include "tools/support/diagnostic.hpp"

namespace tessera::tools::manifest {

// Its number in its domain, in the manifest's order; 0 for one that is alone.
[[nodiscard]] std::size_t place_of(const System& system, const Component& component);

// The name of a program that is linked for that place.
[[nodiscard]] std::string placed_program(const std::string& program, std::size_t place);

void check_domains(const System& system, Diagnostics& diagnostics);

}  // namespace tessera::tools::manifest
