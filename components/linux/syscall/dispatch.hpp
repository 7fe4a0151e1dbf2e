// SPDX-License-Identifier: Apache-2.0
// From a system call's number to the function that serves it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "components/linux/syscall/table.hpp"

namespace tessera::lx {

// A function for every number: sys_unsupported where there is none.
extern const SystemCallTable system_calls;
// The same call for every number: sys_indirect, which looks who calls.
extern const SystemCallTable watched_calls;

}  // namespace tessera::lx
