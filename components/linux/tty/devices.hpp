// SPDX-License-Identifier: Apache-2.0
// The terminals' device numbers: /dev/tty, console, ptmx, pts/N, and the console's own.
#pragma once

#include "components/linux/tty/terminal.hpp"

namespace tessera::lx {

void register_terminal_devices();

// Opens a terminal through a node and takes it as controlling terminal where
// Linux would. EIO when it was hung up.
Result<Ref<File>> open_terminal(const Ref<Terminal>& terminal, Inode& node, std::uint32_t flags);

}  // namespace tessera::lx
