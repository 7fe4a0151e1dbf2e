// SPDX-License-Identifier: Apache-2.0
// Lists of named numbers.
#pragma once

#include <vector>

#include "tools/abigen/model.hpp"
#include "tools/toml/reader.hpp"

namespace tessera::tools::abigen {

// [[SECTION]] tables of a name, a number under KEY and a doc.
[[nodiscard]] std::vector<Item> load_items(const toml::Reader& root, const char* section, const char* key, std::uint64_t most);
// [[constant]] tables.
[[nodiscard]] std::vector<Constant> load_constants(const toml::Reader& root);

}  // namespace tessera::tools::abigen
