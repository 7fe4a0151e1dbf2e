// SPDX-License-Identifier: Apache-2.0
// A stopped thread's registers as a tracer sees them and as core files carry them: sets,
// each with the number of its note in a core file (NT_PRSTATUS and so on).
#pragma once

#include <cstddef>
#include <cstdint>
#include <linux_arch/registers.hpp>
#include <linux_arch/trace_registers.hpp>
#include <span>
#include <vector>

#include "components/linux/core/errno.hpp"

namespace tessera::lx {

class Thread;

// The number of the call when the guest is in none.
inline constexpr std::uint64_t kNoCall = ~std::uint64_t{0};

// A trap after each instruction.
bool trap_flag(const Registers& guest);
void set_trap_flag(Registers& guest, bool on);

inline constexpr std::uint64_t kGeneralSet = 1, kFloatingSet = 2;
[[nodiscard]] bool has_register_set(std::uint64_t set);
// The vector state was synchronised with the core before.
std::vector<std::byte> read_register_set(Thread& thread, std::uint64_t set);
// `bytes` is the whole set, `given` how much of it the tracer wrote: the rest is what was
// there. EIO, EINVAL, EFAULT for what no thread may have; nothing is changed then.
Result<void> write_register_set(Thread& thread, std::uint64_t set, std::span<const std::byte> bytes, std::size_t given);
// The general set as core files have it.
UserRegisters user_registers(Thread& thread);
// struct user, word by word: PTRACE_PEEKUSER, POKEUSER. EIO.
Result<std::uint64_t> peek_user(Thread& thread, std::uint64_t offset);
Result<void> poke_user(Thread& thread, std::uint64_t offset, std::uint64_t value);

}  // namespace tessera::lx
