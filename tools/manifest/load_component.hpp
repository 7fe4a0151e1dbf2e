// SPDX-License-Identifier: Apache-2.0
// One [component.NAME] of a manifest.
#pragma once

#include "tools/manifest/model.hpp"
#include "tools/toml/reader.hpp"

namespace tessera::tools::manifest {

// Names of systems, components, domains and channels: a letter, then letters,
// digits, '-' and '_', at most 31 (the log's limit), small.
[[nodiscard]] bool good_name(const std::string& name);

[[nodiscard]] Component load_component(const std::string& name, const toml::Reader& reader);

}  // namespace tessera::tools::manifest
