// SPDX-License-Identifier: Apache-2.0
// Files mapped in the old way can be read, written where they have blocks, cut off and removed.
#pragma once

#include "components/fs/ext4/mapping.hpp"

namespace tessera::fs::ext4 {

// Frees some of the blocks from `first` on, from the end; true: none is left.
Result<bool> free_indirect(Operation& operation, Inode& inode, std::uint64_t first);

}  // namespace tessera::fs::ext4
