// SPDX-License-Identifier: Apache-2.0
// Which key signs the programs of an image.
#pragma once

#include "tools/run/paths.hpp"
#include "tools/signing/key.hpp"

namespace tessera::tools::run {

// That of `file`; where that is "", of the file that TESSERA_SIGNING_KEY names; else the build tree's own, which is made if
// it is not there.
[[nodiscard]] Result<signing::Key> signing_key(const std::string& file, const Paths& paths);

}  // namespace tessera::tools::run
