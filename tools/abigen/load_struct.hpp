// SPDX-License-Identifier: Apache-2.0
// The structs of an ABI: fields, offsets, sizes.
#pragma once

#include <vector>

#include "tools/abigen/model.hpp"
#include "tools/toml/reader.hpp"

namespace tessera::tools::abigen {

// A field may be of a struct that stands above. Holes between fields are
// refused: a layout that several languages share says what every byte is.
[[nodiscard]] std::vector<Struct> load_structs(const toml::Reader& root);

}  // namespace tessera::tools::abigen
