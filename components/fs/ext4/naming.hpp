// SPDX-License-Identifier: Apache-2.0
// What creating, removing and renaming have in common.
#pragma once

#include "components/fs/ext4/directory.hpp"
#include "components/fs/ext4/inode_lock.hpp"

namespace tessera::fs::ext4 {

Result<Inode> open_directory(Operation& operation, InodeNumber number);
// Whether a name may be added to the directory; not whether it is there.
Result<void> check_new_name(const Inode& directory, std::string_view name);
Result<bool> has_name(Operation& operation, const Inode& directory, std::string_view name);
// It has one directory more, or less.
Result<void> count_directory(Operation& operation, Inode& parent, int by);
Result<void> touch_directory(Operation& operation, Inode& directory, Time now);
// One name less; without any, and as a directory, it becomes an orphan.
Result<void> drop_link(Operation& operation, Inode& inode, Time now);
// The name goes, wherever it lies.
Result<void> remove_entry(Operation& operation, Inode& directory, std::string_view name);
// The name means another inode.
Result<void> replace_entry(Operation& operation, Inode& directory, std::string_view name, std::uint32_t inode, std::uint32_t mode);

}  // namespace tessera::fs::ext4
