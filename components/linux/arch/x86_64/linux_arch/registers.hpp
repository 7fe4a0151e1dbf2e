// SPDX-License-Identifier: Apache-2.0
// What the rest of the personality needs to know of a guest's registers:
// x86-64 (System V ABI, A.2.1 for system calls).
#pragma once

#include <abi/guest_x86_64.hpp>
#include <abi/nucleus.hpp>
#include <array>
#include <cstdint>

#include "components/linux/memory/address_space.hpp"
#include "components/linux/signal/signal.hpp"

namespace tessera::lx {

using Registers = tessera::abi::GuestState;

// --- system calls
inline std::uint64_t call_number(const Registers& guest) { return guest.rax; }
inline std::array<std::uint64_t, 6> call_arguments(const Registers& guest) {
  return {guest.rdi, guest.rsi, guest.rdx, guest.r10, guest.r8, guest.r9};
}
inline void set_call_result(Registers& guest, std::int64_t value) { guest.rax = static_cast<std::uint64_t>(value); }
inline constexpr std::uint64_t kCallInstructionBytes = 2;
inline constexpr std::uint64_t kRestartCallNumber = 219;
// Makes the guest execute the call instruction again, for the call `number`.
inline void repeat_call(Registers& guest, std::uint64_t number) {
  guest.rax = number;
  guest.rip -= kCallInstructionBytes;
}

// --- flow
inline std::uint64_t stack_pointer(const Registers& guest) { return guest.rsp; }
inline void set_stack_pointer(Registers& guest, std::uint64_t value) { guest.rsp = value; }
inline std::uint64_t instruction_pointer(const Registers& guest) { return guest.rip; }
inline void set_instruction_pointer(Registers& guest, std::uint64_t value) { guest.rip = value; }
inline void set_thread_pointer(Registers& guest, std::uint64_t value) { guest.fs_base = value; }

// A new program: all registers zero but these, vector state as after reset.
void reset_registers(Registers& guest, std::uint64_t entry, std::uint64_t stack);
// A copy of the calling thread's registers for a new thread; vector state too
// (the caller synchronised it).
void copy_registers(Registers& to, const Registers& from);

// --- faults
inline Access fault_access(const Registers& guest) {
  if ((guest.fault_code & 16) != 0) return Access::execute;
  return (guest.fault_code & 2) != 0 ? Access::write : Access::read;
}
inline bool fault_by_user(const Registers& guest) { return (guest.fault_code & 4) != 0; }
inline constexpr std::uint64_t kPageFaultVector = 14;
// The signal that Linux sends for an exception other than a page fault.
SignalInfo exception_signal(const Registers& guest);
// The exception is one that needs the vector state to be told apart.
inline bool exception_needs_vectors(const Registers& guest) { return guest.vector == 16 || guest.vector == 19; }

}  // namespace tessera::lx
