// SPDX-License-Identifier: Apache-2.0
// A stopped thread's registers: struct user_regs_struct, struct user and the XSAVE area
// of x86-64 Linux. What is done with them: trace/registers.hpp.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace tessera::lx {

// In the order of struct user_regs_struct.
using UserRegisters = std::array<std::uint64_t, 27>;
// PTRACE_GETREGS and its like, and PTRACE_PEEKUSER.
inline constexpr bool kWholeSetRequests = true;

inline constexpr std::uint64_t kExtendedSet = 0x202;  // NT_X86_XSTATE
struct CoreNote {
  std::string_view owner;
  std::uint32_t set;
};
// Of each thread, beside its general registers.
inline constexpr std::array kCoreNotes{CoreNote{"CORE", 2}, CoreNote{"LINUX", kExtendedSet}};

}  // namespace tessera::lx
