// SPDX-License-Identifier: Apache-2.0
// What the rest of the personality needs to know of a guest's registers:
// x86-64 (System V ABI, A.2.1 for system calls).
#pragma once

#include <abi/guest_x86_64.hpp>
#include <abi/nucleus.hpp>
#include <array>
#include <cstdint>

#include "components/linux/core/errno.hpp"
#include "components/linux/memory/address_space.hpp"
#include "components/linux/signal/signal.hpp"
#include "components/linux/signal/trap.hpp"

namespace tessera::lx {

using Registers = tessera::abi::GuestState;

// --- system calls
inline std::uint64_t call_number(const Registers& guest) { return guest.rax; }
inline std::array<std::uint64_t, 6> call_arguments(const Registers& guest) {
  return {guest.rdi, guest.rsi, guest.rdx, guest.r10, guest.r8, guest.r9};
}
inline void set_call_result(Registers& guest, std::int64_t value) { guest.rax = static_cast<std::uint64_t>(value); }
inline std::uint64_t call_result(const Registers& guest) { return guest.rax; }
// What the result's register shows of a call that has not ended, or was undone.
inline void show_call_under_way(Registers& guest) { set_call_result(guest, -static_cast<std::int64_t>(Errno::enosys)); }
inline std::int64_t undone_call_result(const Registers&, std::uint64_t number) { return static_cast<std::int64_t>(number); }
inline constexpr std::uint64_t kCallInstructionBytes = 2;
// Makes the guest execute the call instruction again, for the call `number`.
inline void repeat_call(Registers& guest, std::uint64_t number) {
  guest.rax = number;
  guest.rip -= kCallInstructionBytes;
}

// clone's arguments behind the parent's thread number.
inline constexpr std::size_t kCloneChildTid = 3, kCloneThreadPointer = 4;
// What a stack for handlers has at least (MINSIGSTKSZ).
inline constexpr std::uint64_t kLeastSignalStack = 2048;

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
inline std::uint64_t fault_address(const Registers& guest) { return guest.fault_address; }
inline Access fault_access(const Registers& guest) {
  if ((guest.fault_code & 16) != 0) return Access::execute;
  return (guest.fault_code & 2) != 0 ? Access::write : Access::read;
}
inline bool fault_by_user(const Registers& guest) { return (guest.fault_code & 4) != 0; }
// Page tables can help it.
inline bool fault_of_page(const Registers&) { return true; }
inline Trap fault_trap(const Registers& guest) {
  constexpr std::uint64_t kPageFaultVector = 14, kByUser = 4;
  return {.number = kPageFaultVector, .error = guest.fault_code | kByUser, .address = guest.fault_address};
}
// Of an exception other than a page fault: what signal frames tell, and the signal that Linux sends.
inline Trap exception_trap(const Registers& guest, const Trap& last) {
  return {.number = guest.vector, .error = guest.fault_code, .address = last.address};
}
SignalInfo exception_signal(const Registers& guest);
// Linux does in a program's stead what this exception was about: nothing here.
inline bool serve_instruction(Registers&) { return false; }
// The exception is one that needs the vector state to be told apart.
inline bool exception_needs_vectors(const Registers& guest) { return guest.vector == 16 || guest.vector == 19; }

}  // namespace tessera::lx
