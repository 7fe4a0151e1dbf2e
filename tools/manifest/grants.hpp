// SPDX-License-Identifier: Apache-2.0
// The grants that a manifest may give, by their clear names, and what their
// values look like.
#pragma once

#include <vector>

#include "tools/manifest/model.hpp"
#include "tools/toml/reader.hpp"

namespace tessera::tools::manifest {

// The table `grants` of a component, one Grant per value.
[[nodiscard]] std::vector<Grant> load_grants(const toml::Reader& component);

// The same for one entry of such a table, which must be a grant of hardware: one Grant per value.
void load_hardware(const toml::Reader& table, const toml::Entry& entry, std::vector<Grant>& found);

}  // namespace tessera::tools::manifest
