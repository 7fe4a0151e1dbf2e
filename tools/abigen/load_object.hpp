// SPDX-License-Identifier: Apache-2.0
// The object types of an ABI and their methods.
#pragma once

#include <vector>

#include "tools/abigen/model.hpp"
#include "tools/toml/reader.hpp"

namespace tessera::tools::abigen {

// ABI holds the errors and rights already: methods refer to them.
[[nodiscard]] std::vector<Object> load_objects(const toml::Reader& root, const Abi& abi);

}  // namespace tessera::tools::abigen
