// SPDX-License-Identifier: Apache-2.0
// What the rest of the personality needs to know of a guest's registers: AArch64, whose
// first argument of a system call and its result share x0.
#pragma once

#include <abi/guest_aarch64.hpp>
#include <abi/nucleus.hpp>
#include <array>
#include <cstdint>

#include "components/linux/memory/address_space.hpp"
#include "components/linux/signal/signal.hpp"
#include "components/linux/signal/trap.hpp"

namespace tessera::lx {

using Registers = tessera::abi::GuestState;

// --- system calls
inline std::uint64_t call_number(const Registers& guest) { return guest.x8; }
inline std::array<std::uint64_t, 6> call_arguments(const Registers& guest) {
  return {guest.x0, guest.x1, guest.x2, guest.x3, guest.x4, guest.x5};
}
inline std::uint64_t call_result(const Registers& guest) { return guest.x0; }
inline void set_call_result(Registers& guest, std::int64_t value) { guest.x0 = static_cast<std::uint64_t>(value); }
// What the result's register shows of a call that has not ended, or was undone: the first argument.
inline void show_call_under_way(Registers&) {}
inline std::int64_t undone_call_result(const Registers& guest, std::uint64_t) { return static_cast<std::int64_t>(guest.x0); }
inline constexpr std::uint64_t kCallInstructionBytes = 4;
// Makes the guest execute the call instruction again, for the call `number`.
inline void repeat_call(Registers& guest, std::uint64_t number) {
  guest.x8 = number;
  guest.pc -= kCallInstructionBytes;
}

// clone's arguments behind the parent's thread number: CLONE_BACKWARDS of Linux.
inline constexpr std::size_t kCloneThreadPointer = 3, kCloneChildTid = 4;
// What a stack for handlers has at least (MINSIGSTKSZ).
inline constexpr std::uint64_t kLeastSignalStack = 5120;

// --- flow
inline std::uint64_t stack_pointer(const Registers& guest) { return guest.sp; }
inline void set_stack_pointer(Registers& guest, std::uint64_t value) { guest.sp = value; }
inline std::uint64_t instruction_pointer(const Registers& guest) { return guest.pc; }
inline void set_instruction_pointer(Registers& guest, std::uint64_t value) { guest.pc = value; }
inline void set_thread_pointer(Registers& guest, std::uint64_t value) { guest.tpidr = value; }

// A new program: all registers zero but these, vector state as after reset.
void reset_registers(Registers& guest, std::uint64_t entry, std::uint64_t stack);
// A copy of the calling thread's registers for a new thread; vector state too
// (the caller synchronised it).
void copy_registers(Registers& to, const Registers& from);

// --- faults (Arm ARM D17.2.37: ESR_EL1)
inline constexpr std::uint64_t kInstructionAbort = 0x20, kDataAbort = 0x24;
// Without the tag that a program may keep in the highest byte (TCR_EL1.TBI0); where bit 55 says that it is one above, as it is.
inline std::uint64_t fault_address(const Registers& guest) {
  return guest.fault_address & static_cast<std::uint64_t>(static_cast<std::int64_t>(guest.fault_address << 8) >> 8);
}
inline Access fault_access(const Registers& guest) {
  constexpr std::uint64_t kWrites = 1 << 6, kCacheMaintenance = 1 << 8;
  if (guest.vector == kInstructionAbort) return Access::execute;
  return (guest.fault_code & (kWrites | kCacheMaintenance)) == kWrites ? Access::write : Access::read;
}
// An address size, translation, access flag or permission fault: page tables can help it.
inline bool fault_of_page(const Registers& guest) { return (guest.fault_code & 0x3f) < 0x10; }
inline bool fault_by_user(const Registers&) { return true; }
Trap fault_trap(const Registers& guest);
// Of an exception other than a page fault: what signal frames tell, and the signal that Linux sends.
Trap exception_trap(const Registers& guest, const Trap& last);
SignalInfo exception_signal(const Registers& guest);
// Linux reads the registers of features in a program's stead: true when the instruction was such a one, and was served.
bool serve_instruction(Registers& guest);
// The exception is one that needs the vector state to be told apart.
inline bool exception_needs_vectors(const Registers&) { return false; }

}  // namespace tessera::lx
