// SPDX-License-Identifier: Apache-2.0
// What every root file system begins with: the usual directories and the files
// of /etc that programs look for.
#pragma once

#include <string>

#include "tools/image/root.hpp"

namespace tessera::tools::image {

[[nodiscard]] Result<void> add_base(Root& root, const std::string& hostname);

// Links to /bin/busybox for each program that it holds and that is not there yet:
// at its own place (/usr/bin/env) and in /bin. BUSYBOX is a binary on the host that tells
// the places, OWN are the bytes of the root's, which has these programs or fewer.
[[nodiscard]] Result<void> add_busybox_links(Root& root, const std::string& busybox, std::string_view own);

}  // namespace tessera::tools::image
