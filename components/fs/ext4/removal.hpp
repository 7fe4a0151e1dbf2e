// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "components/fs/ext4/inode.hpp"

namespace tessera::fs::ext4 {

// Frees some of the file's blocks from `first` on; true: none is left.
Result<bool> free_behind(Operation& operation, Inode& inode, std::uint64_t first);

}  // namespace tessera::fs::ext4
