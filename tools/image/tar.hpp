// SPDX-License-Identifier: Apache-2.0
// Reads a tar archive (as in Debian packages: ustar with GNU long names) into a
// root file system.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "tools/image/root.hpp"

namespace tessera::tools::image {

// OWNER keeps the archive's bytes alive: the root's files stay in them.
[[nodiscard]] Result<void> add_tar(Root& root, std::string_view archive, const std::shared_ptr<const void>& owner);

// The same for an archive that nobody else keeps.
[[nodiscard]] Result<void> add_tar(Root& root, std::string archive);

}  // namespace tessera::tools::image
