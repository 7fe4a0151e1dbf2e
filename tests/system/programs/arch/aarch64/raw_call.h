// SPDX-License-Identifier: Apache-2.0
// A system call without the C library between: AArch64.
#pragma once

#include <stdint.h>

static inline long raw_call(long number, const uint64_t arguments[6]) {
  register long x8 __asm__("x8") = number;
  register uint64_t x0 __asm__("x0") = arguments[0];
  register uint64_t x1 __asm__("x1") = arguments[1];
  register uint64_t x2 __asm__("x2") = arguments[2];
  register uint64_t x3 __asm__("x3") = arguments[3];
  register uint64_t x4 __asm__("x4") = arguments[4];
  register uint64_t x5 __asm__("x5") = arguments[5];
  __asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
  return (long)x0;
}
