// SPDX-License-Identifier: Apache-2.0
// Reads and checks the text of an abi/*.toml.
#pragma once

#include <string>
#include <string_view>

#include "tools/abigen/model.hpp"
#include "tools/support/diagnostic.hpp"

namespace tessera::tools::abigen {

// The model; it is only good when no diagnostic was added.
[[nodiscard]] Abi load(std::string_view text, const std::string& file, Diagnostics& diagnostics);

}  // namespace tessera::tools::abigen
