// SPDX-License-Identifier: Apache-2.0
// What AT_HWCAP and AT_HWCAP2 promise: CPUID leaf 1, EDX; and instructions for the FS base.
#pragma once

#include <cpuid.h>
#include <stddef.h>

// What is wrong with them, or NULL.
static inline const char *machine_wrong_capability(unsigned long first, unsigned long second) {
  enum { kAlways = 1 << 0 | 1 << 4 | 1 << 25 | 1 << 26, kBaseInstructions = 1 << 1 };  // FPU, TSC, SSE, SSE2
  unsigned a, b, c, d;
  if (!__get_cpuid(1, &a, &b, &c, &d)) return "no CPUID";
  if ((first & kAlways) != kAlways) return "one that all have is missing";
  if ((first & ~(unsigned long)d) != 0) return "one that CPUID does not have";
  if ((second & kBaseInstructions) != 0) {
    unsigned long base;
    __asm__ volatile("rdfsbase %0" : "=r"(base));
  }
  return NULL;
}
