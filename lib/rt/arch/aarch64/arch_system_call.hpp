// SPDX-License-Identifier: Apache-2.0
// The `svc` instruction with the nucleus' register convention (abi/nucleus.toml,
// "calls"). Knows registers, not what calls mean.
#pragma once

#include <array>
#include <cstdint>

namespace tessera::rt::arch {

// What goes into a system call and what comes out of it.
struct Registers {
  std::uint64_t tag = 0;     // x0
  std::uint64_t handle = 0;  // x1; the badge on return
  std::array<std::uint64_t, 8> words{};
};

[[gnu::always_inline]] inline void system_call(Registers& registers, std::uint64_t reply) {
  register std::uint64_t x0 asm("x0") = registers.tag;
  register std::uint64_t x1 asm("x1") = registers.handle;
  register std::uint64_t x2 asm("x2") = std::get<0>(registers.words);
  register std::uint64_t x3 asm("x3") = std::get<1>(registers.words);
  register std::uint64_t x4 asm("x4") = std::get<2>(registers.words);
  register std::uint64_t x5 asm("x5") = std::get<3>(registers.words);
  register std::uint64_t x6 asm("x6") = std::get<4>(registers.words);
  register std::uint64_t x7 asm("x7") = std::get<5>(registers.words);
  register std::uint64_t x8 asm("x8") = std::get<6>(registers.words);
  register std::uint64_t x9 asm("x9") = std::get<7>(registers.words);
  register std::uint64_t x10 asm("x10") = reply;
  asm volatile("svc #0"
               : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3), "+r"(x4), "+r"(x5), "+r"(x6), "+r"(x7), "+r"(x8), "+r"(x9)
               : "r"(x10)
               : "memory", "cc");
  registers.tag = x0;
  registers.handle = x1;
  registers.words = {x2, x3, x4, x5, x6, x7, x8, x9};
}

// For calls with at most two words and no Reply object: leaves x4 to x10 alone.
[[gnu::always_inline]] inline void system_call_small(Registers& registers) {
  register std::uint64_t x0 asm("x0") = registers.tag;
  register std::uint64_t x1 asm("x1") = registers.handle;
  register std::uint64_t x2 asm("x2") = std::get<0>(registers.words);
  register std::uint64_t x3 asm("x3") = std::get<1>(registers.words);
  asm volatile("svc #0" : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3) : : "memory", "cc");
  registers.tag = x0;
  registers.handle = x1;
  std::get<0>(registers.words) = x2;
  std::get<1>(registers.words) = x3;
}

[[gnu::always_inline]] inline void system_call_guest_run(std::uint64_t& tag, std::uint64_t space, std::uint64_t& reason) {
  register std::uint64_t x0 asm("x0") = tag;
  register std::uint64_t x1 asm("x1") = space;
  register std::uint64_t x2 asm("x2");
  asm volatile("svc #0" : "+r"(x0), "+r"(x1), "=r"(x2) : : "memory", "cc");
  tag = x0;
  reason = x2;
}

}  // namespace tessera::rt::arch
