// SPDX-License-Identifier: Apache-2.0
// Calls that do not go straight to their function: of numbers behind the table,
// and all calls of a thread that is watched (Thread::calls is watched_calls).
#pragma once

#include "components/linux/syscall/table.hpp"

namespace tessera::lx {

Result<std::int64_t> sys_indirect(const Arguments& arguments);

}  // namespace tessera::lx
