// SPDX-License-Identifier: Apache-2.0
// What maintainer scripts of some packages would make out of the packages' own
// files, for those that are in the root.
#pragma once

#include "tools/image/root.hpp"

namespace tessera::tools::image {

// base-passwd: /etc/passwd and /etc/group, in place of the usual ones.
// ca-certificates: /etc/ssl/certs/ca-certificates.crt with all of them.
[[nodiscard]] Result<void> add_settings(Root& root);

}  // namespace tessera::tools::image
