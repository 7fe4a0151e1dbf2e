// SPDX-License-Identifier: Apache-2.0
// What every root file system begins with: the usual directories and the files
// of /etc that programs look for.
#pragma once

#include <string>

#include "tools/image/root.hpp"

namespace tessera::tools::image {

[[nodiscard]] Result<void> add_base(Root& root, const std::string& hostname);

// Links to /bin/busybox for each program that it holds and that is not there yet:
// at its own place (/usr/bin/env) and in /bin. BUSYBOX is the binary on the host.
[[nodiscard]] Result<void> add_busybox_links(Root& root, const std::string& busybox);

}  // namespace tessera::tools::image
