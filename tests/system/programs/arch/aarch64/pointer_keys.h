// SPDX-License-Identifier: Apache-2.0
// Pointers that are signed with a program's keys, where the processor can: AArch64 (FEAT_PAuth).
#pragma once

#include <stdint.h>
#include <sys/auxv.h>

static inline int machine_signs(void) { return (getauxval(AT_HWCAP) >> 30 & 1) != 0; }  // HWCAP_PACA
static inline int machine_signs_anything(void) { return (getauxval(AT_HWCAP) >> 31 & 1) != 0; }  // HWCAP_PACG

#define SIGNS(name, instruction)                                                                    \
  static inline uint64_t machine_##name(uint64_t pointer, uint64_t context) {                       \
    __asm__ volatile(".arch armv8.3-a\n" instruction " %0, %1" : "+r"(pointer) : "r"(context));     \
    return pointer;                                                                                 \
  }
SIGNS(sign_code, "pacia")
SIGNS(sign_code_b, "pacib")
SIGNS(sign_data, "pacda")
SIGNS(sign_data_b, "pacdb")
SIGNS(check_code, "autia")
SIGNS(check_data, "autda")
#undef SIGNS
static inline uint64_t machine_sign_anything(uint64_t value, uint64_t context) {
  uint64_t result;
  __asm__ volatile(".arch armv8.3-a\npacga %0, %1, %2" : "=r"(result) : "r"(value), "r"(context));
  return result;
}
static inline uint64_t machine_strip(uint64_t pointer) {
  __asm__ volatile(".arch armv8.3-a\nxpacd %0" : "+r"(pointer));
  return pointer;
}
