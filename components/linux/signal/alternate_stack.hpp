// SPDX-License-Identifier: Apache-2.0
// sigaltstack(2).
#pragma once

#include <cstdint>

namespace tessera::lx {

class Thread;

inline constexpr std::uint32_t kStackOn = 1, kStackDisabled = 2, kStackAutoDisarm = 1u << 31;

bool on_alternate_stack(const Thread& thread, std::uint64_t stack_pointer);
// As sigaltstack and signal frames report it.
std::uint32_t alternate_stack_flags(const Thread& thread, std::uint64_t stack_pointer);
// sigreturn: what does not fit is left out without an error, as on Linux.
void restore_alternate_stack(Thread& thread, std::uint64_t start, std::uint32_t flags, std::uint64_t bytes);

}  // namespace tessera::lx
