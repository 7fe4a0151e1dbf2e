// SPDX-License-Identifier: Apache-2.0
// The options of prctl that a machine has alone: x86-64 has none.
#pragma once

#include "components/linux/syscall/table.hpp"

namespace tessera::lx {

inline Result<std::int64_t> prctl_of_machine(const Arguments&) { return fail(Errno::einval); }

}  // namespace tessera::lx
