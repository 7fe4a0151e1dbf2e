// SPDX-License-Identifier: Apache-2.0
// The `syscall` instruction with the nucleus' register convention (abi/nucleus.toml,
// "calls"). Knows registers, not what calls mean.
#pragma once

#include <array>
#include <cstdint>

namespace tessera::rt::arch {

// What goes into a system call and what comes out of it.
struct Registers {
  std::uint64_t tag = 0;     // rax
  std::uint64_t handle = 0;  // rdi; the badge on return
  std::array<std::uint64_t, 8> words{};
};

[[gnu::always_inline]] inline void system_call(Registers& registers, std::uint64_t reply) {
  register std::uint64_t r10 asm("r10") = std::get<2>(registers.words);
  register std::uint64_t r8 asm("r8") = std::get<3>(registers.words);
  register std::uint64_t r9 asm("r9") = std::get<4>(registers.words);
  register std::uint64_t r12 asm("r12") = std::get<5>(registers.words);
  register std::uint64_t r13 asm("r13") = std::get<6>(registers.words);
  register std::uint64_t r14 asm("r14") = std::get<7>(registers.words);
  register std::uint64_t r15 asm("r15") = reply;
  asm volatile("syscall"
               : "+a"(registers.tag), "+D"(registers.handle), "+S"(std::get<0>(registers.words)),
                 "+d"(std::get<1>(registers.words)), "+r"(r10), "+r"(r8), "+r"(r9), "+r"(r12), "+r"(r13), "+r"(r14)
               : "r"(r15)
               : "rcx", "r11", "memory", "cc");
  std::get<2>(registers.words) = r10;
  std::get<3>(registers.words) = r8;
  std::get<4>(registers.words) = r9;
  std::get<5>(registers.words) = r12;
  std::get<6>(registers.words) = r13;
  std::get<7>(registers.words) = r14;
}

// For calls with at most two words and no Reply object: leaves r8 to r15 alone.
[[gnu::always_inline]] inline void system_call_small(Registers& registers) {
  asm volatile("syscall"
               : "+a"(registers.tag), "+D"(registers.handle), "+S"(std::get<0>(registers.words)),
                 "+d"(std::get<1>(registers.words))
               :
               : "rcx", "r11", "r10", "r8", "r9", "memory", "cc");
}

// guest_run keeps rbx, rbp and rsp alone.
[[gnu::always_inline]] inline void system_call_guest_run(std::uint64_t& tag, std::uint64_t space, std::uint64_t& reason) {
  asm volatile("syscall"
               : "+a"(tag), "+D"(space), "=S"(reason)
               :
               : "rcx", "rdx", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "memory", "cc");
}

}  // namespace tessera::rt::arch
