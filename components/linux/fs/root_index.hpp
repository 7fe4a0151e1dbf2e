// SPDX-License-Identifier: Apache-2.0
// The root file system from the bundle's index (docs/formats.md). The index is
// checked throughout: a wrong one is an error, whatever is wrong with it.
#pragma once

#include <cstddef>
#include <span>

#include "components/linux/core/errno.hpp"
#include "components/linux/fs/tmpfs.hpp"

namespace tessera::lx {

// Fills the (empty) root. EINVAL: the index is not one. Contents are found through bundle_frame().
Result<void> load_root_index(TmpDirectory& root, std::span<const std::byte> index);

}  // namespace tessera::lx
