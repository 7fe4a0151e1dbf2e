// SPDX-License-Identifier: Apache-2.0
// devpts: the file system with a node for each pseudo-terminal.
#pragma once

#include <cstdint>

#include "components/linux/fs/inode.hpp"
#include "components/linux/tty/pty.hpp"

namespace tessera::lx {

Ref<Inode> pts_root();
// Enters a new pair under the lowest free number / takes it out.
Result<Ref<Pty>> add_pty();
void remove_pty(std::uint32_t number);
Ref<Pty> find_pty(std::uint64_t number);  // null when there is none

}  // namespace tessera::lx
