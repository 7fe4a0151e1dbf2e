// SPDX-License-Identifier: Apache-2.0
// Who may do what with an inode. A file-system user id of 0 overrides, as
// CAP_DAC_OVERRIDE and CAP_FOWNER do.
#pragma once

#include <cstdint>

#include "components/linux/core/errno.hpp"
#include "components/linux/fs/inode.hpp"
#include "components/linux/process/contract.hpp"

namespace tessera::lx {

inline constexpr std::uint32_t kMayExecute = 1, kMayWrite = 2, kMayRead = 4;

bool in_group(const Credentials& who, std::uint32_t group);
// EACCES unless all of `wanted` is allowed.
Result<void> check_access(const Credentials& who, const Inode& inode, std::uint32_t wanted);
// Of chmod, utimes and the like: the owner or root.
bool owns(const Credentials& who, const Inode& inode);
// Of unlink and rename: in a sticky directory only the entry's or the directory's owner. EPERM.
Result<void> check_sticky(const Credentials& who, const Inode& directory, const Inode& entry);

// Owner and group of what the current thread makes in a directory: the group is the directory's where
// that is set-group-ID.
void own_new(const Inode& directory, Attributes& made);

}  // namespace tessera::lx
