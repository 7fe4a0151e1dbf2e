// SPDX-License-Identifier: Apache-2.0
// A stopped thread's registers: struct user_pt_regs of AArch64 Linux. What is done with
// them: trace/registers.hpp.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace tessera::lx {

// X0 to X30, SP, PC, PSTATE.
using UserRegisters = std::array<std::uint64_t, 34>;
// AArch64 has sets alone: PTRACE_GETREGS and its like and PTRACE_PEEKUSER answer EIO.
inline constexpr bool kWholeSetRequests = false;

inline constexpr std::uint64_t kThreadPointerSet = 0x401, kCallSet = 0x404;          // NT_ARM_TLS, NT_ARM_SYSTEM_CALL
inline constexpr std::uint64_t kSignatureSet = 0x406, kEnabledKeysSet = 0x40a;       // NT_ARM_PAC_MASK, NT_ARM_PAC_ENABLED_KEYS
struct CoreNote {
  std::string_view owner;
  std::uint32_t set;
};
// Of each thread, beside its general registers; without the sets that its processor lacks.
inline constexpr std::array kCoreNotes{CoreNote{"CORE", 2}, CoreNote{"LINUX", kThreadPointerSet}, CoreNote{"LINUX", kCallSet},
                                      CoreNote{"LINUX", kSignatureSet}, CoreNote{"LINUX", kEnabledKeysSet}};

}  // namespace tessera::lx
