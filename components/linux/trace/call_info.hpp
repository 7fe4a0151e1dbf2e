// SPDX-License-Identifier: Apache-2.0
// PTRACE_GET_SYSCALL_INFO: struct ptrace_syscall_info of Linux.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace tessera::lx {

class Thread;

struct CallInfoText {
  std::uint8_t kind = 0;
  std::array<std::uint8_t, 3> padding{};
  std::uint32_t architecture = 0;
  std::uint64_t instruction_pointer = 0, stack_pointer = 0;
  std::array<std::uint64_t, 7> words{};  // entry: number, arguments; exit: result, whether it is an error
};
static_assert(sizeof(CallInfoText) == 80);

struct CallInfo {
  CallInfoText text;
  std::size_t bytes = 0;  // of it that mean something
};

CallInfo call_info(Thread& thread);

}  // namespace tessera::lx
