// SPDX-License-Identifier: Apache-2.0
// A stopped thread's registers as a tracer sees them (struct user_regs_struct,
// struct user, the XSAVE area of x86-64 Linux) and as core files carry them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "components/linux/core/errno.hpp"

#include <linux_arch/registers.hpp>

namespace tessera::lx {

class Thread;

// The number of the call when the guest is in none: what orig_rax shows then.
inline constexpr std::uint64_t kNoCall = ~std::uint64_t{0};

// EFLAGS.TF.
bool trap_flag(const Registers& guest);
void set_trap_flag(Registers& guest, bool on);

// In the order of struct user_regs_struct.
using UserRegisters = std::array<std::uint64_t, 27>;
UserRegisters user_registers(Thread& thread);
// EIO for what no thread may have; nothing is changed then.
Result<void> set_user_registers(Thread& thread, const UserRegisters& registers);
// struct user, word by word: PTRACE_PEEKUSER, POKEUSER. EIO.
Result<std::uint64_t> peek_user(Thread& thread, std::uint64_t offset);
Result<void> poke_user(Thread& thread, std::uint64_t offset, std::uint64_t value);

// The vector state, synchronised with the core before: components that are in
// their initial state are written out as such.
inline constexpr std::size_t kFloatingBytes = 512;
std::size_t extended_state_bytes(const Thread& thread);
void read_extended_state(Thread& thread, std::span<std::byte> to);
// The first bytes of it; reserved bits are an error (EINVAL).
Result<void> write_floating_state(Thread& thread, std::span<const std::byte, kFloatingBytes> from);
Result<void> write_extended_state(Thread& thread, std::span<const std::byte> from);

}  // namespace tessera::lx
