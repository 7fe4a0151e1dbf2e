// SPDX-License-Identifier: Apache-2.0
// A whole root file system of the user's (--root).
#pragma once

#include <string>

#include "tools/image/root.hpp"

namespace tessera::tools::image {

// A directory, or a tar archive, perhaps compressed (.gz, .xz, .zst). Of the usual
// directories those that are missing and that the system mounts on are made.
[[nodiscard]] Result<void> add_root(Root& root, const std::string& source);

}  // namespace tessera::tools::image
