// SPDX-License-Identifier: Apache-2.0
// A system call without the C library between: x86-64.
#pragma once

#include <stdint.h>

static inline long raw_call(long number, const uint64_t arguments[6]) {
  register uint64_t r10 __asm__("r10") = arguments[3];
  register uint64_t r8 __asm__("r8") = arguments[4];
  register uint64_t r9 __asm__("r9") = arguments[5];
  long result;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(arguments[0]), "S"(arguments[1]), "d"(arguments[2]), "r"(r10), "r"(r8), "r"(r9)
                   : "rcx", "r11", "memory");
  return result;
}
