// SPDX-License-Identifier: Apache-2.0
// Names in blocks of directories: what linear and indexed ones have in common.
#pragma once

#include "components/fs/ext4/directory.hpp"

namespace tessera::fs::ext4 {

// False: the block has no room for the name.
Result<bool> add_to_block(Operation& operation, const Inode& directory, std::uint64_t logical, std::string_view name, std::uint32_t inode,
                          std::uint8_t type);
// A new block at the end, with one entry that is nobody's; `logical`: which one it became.
Result<Room> append_block(Operation& operation, Inode& directory, std::uint64_t& logical);

}  // namespace tessera::fs::ext4
