// SPDX-License-Identifier: Apache-2.0
// The options of prctl that a machine has alone: AArch64, whose are pointer authentication's.
#pragma once

#include "components/linux/syscall/table.hpp"

namespace tessera::lx {

Result<std::int64_t> prctl_of_machine(const Arguments& arguments);

}  // namespace tessera::lx
