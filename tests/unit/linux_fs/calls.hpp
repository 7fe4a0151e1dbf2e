// SPDX-License-Identifier: Apache-2.0
// Declares every system call of syscall/fs.inc.
#pragma once

#include "components/linux/syscall/table.hpp"

namespace tessera::lx {
#define SYSCALL(number, name) Result<std::int64_t> sys_##name(const Arguments&);
#include "components/linux/syscall/fs.inc"
#undef SYSCALL
}  // namespace tessera::lx
