// SPDX-License-Identifier: Apache-2.0
// From a system call's number to the function that serves it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "components/linux/syscall/table.hpp"

namespace tessera::lx {

inline constexpr std::size_t kSystemCallCount = 512;
// A function for every number: sys_unsupported where there is none.
extern const std::array<SystemCall, kSystemCallCount> system_calls;

}  // namespace tessera::lx
