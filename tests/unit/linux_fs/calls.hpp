// SPDX-License-Identifier: Apache-2.0
// Declares every system call.
#pragma once

#include "components/linux/syscall/table.hpp"

namespace tessera::lx {
#define SERVED(name, x86_64, aarch64) Result<std::int64_t> sys_##name(const Arguments&);
#define UNSERVED(name, x86_64, aarch64)
#include "components/linux/syscall/calls.inc"
#undef UNSERVED
#undef SERVED
}  // namespace tessera::lx
