// SPDX-License-Identifier: Apache-2.0
// Reads a tar archive (as in Debian packages: ustar with GNU long names) into a
// root file system.
#pragma once

#include <string_view>

#include "tools/image/root.hpp"

namespace tessera::tools::image {

[[nodiscard]] Result<void> add_tar(Root& root, std::string_view archive);

}  // namespace tessera::tools::image
