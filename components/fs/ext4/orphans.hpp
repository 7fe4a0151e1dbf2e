// SPDX-License-Identifier: Apache-2.0
// Files without names that somebody still uses, and files that are being cut off: a list on the disk, so that
// a crash does not lose their blocks. It begins in the superblock and goes on in the inodes' times of deletion.
#pragma once

#include "components/fs/ext4/inode.hpp"

namespace tessera::fs::ext4 {

Result<void> add_orphan(Operation& operation, Inode& inode);
Result<void> remove_orphan(Operation& operation, Inode& inode);

// After a mount: reads the list, finishes cutting off, and frees the files without names if `clear` says so.
Io<> find_orphans(Volume& volume, bool clear);

// Frees all that an inode without names has, and itself (removal.cpp).
Io<> free_inode(Volume& volume, std::uint32_t number);
// Frees blocks behind the size of a file that is an orphan for that, and takes it off the list.
Io<> finish_cut(Volume& volume, std::uint32_t number);

}  // namespace tessera::fs::ext4
