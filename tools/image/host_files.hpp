// SPDX-License-Identifier: Apache-2.0
// Files and directories of the host copied into a root file system (--add).
#pragma once

#include <string>

#include "tools/image/root.hpp"

namespace tessera::tools::image {

struct Addition {
  std::string host;
  std::string guest;
};

// HOST:GUEST, split before the last ":/"; a GUEST that ends with '/' is the
// directory to put the file or directory into.
[[nodiscard]] Result<Addition> parse_addition(const std::string& text);

// Permissions and times are the host's; the owner is root.
[[nodiscard]] Result<void> add_host_files(Root& root, const Addition& addition);

}  // namespace tessera::tools::image
