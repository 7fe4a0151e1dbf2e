// SPDX-License-Identifier: Apache-2.0
// The table of Linux system calls. One line a call in syscall/calls.inc:
//   SERVED(name, number on x86-64, number on AArch64)
// names a function `Result<std::int64_t> sys_NAME(const Arguments&)` that lives
// beside what it works on (fs/, memory/, process/, tty/). A number without a line is ENOSYS,
// counted and named at exit.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "components/linux/core/errno.hpp"

namespace tessera::lx {

inline constexpr std::size_t kSystemCallCount = 512;

using Arguments = std::array<std::uint64_t, 6>;
using SystemCall = Result<std::int64_t> (*)(const Arguments&);
using SystemCallTable = std::array<SystemCall, kSystemCallCount>;

}  // namespace tessera::lx
