// SPDX-License-Identifier: Apache-2.0
// Small files and directories that lie in their inode: 60 bytes where the map would be, the rest as an
// attribute.
#pragma once

#include <array>

#include "components/fs/ext4/directory.hpp"

namespace tessera::fs::ext4 {

// The two parts; the second may be empty.
struct InlineParts {
  Bytes first, second;
};
Result<InlineParts> inline_parts(const Inode& inode);
// Bytes from `offset` on, as many as there are of the file.
Result<std::size_t> read_inline(const Inode& inode, std::uint64_t offset, Room to);

// Of a directory: where entries are.
Result<std::array<Bytes, 2>> inline_entries(Operation& operation, const Inode& directory);
Result<Place> find_inline_name(Operation& operation, const Inode& directory, std::string_view name);

// Moves the contents into a block of their own. Those of a file were written to a reserved block before; without
// one there are none.
Result<void> move_inline_out(Operation& operation, Inode& inode, Range data = {});

}  // namespace tessera::fs::ext4
