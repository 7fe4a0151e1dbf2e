// SPDX-License-Identifier: Apache-2.0
// Pages into which indirect branches go only where the code says so: AArch64 (FEAT_BTI).
#pragma once

#include <stdint.h>
#include <sys/auxv.h>

static inline int machine_guards(void) { return (getauxval(AT_HWCAP2) >> 17 & 1) != 0; }  // HWCAP2_BTI
enum { kReadsProperties = 1 };  // Linux looks at PT_GNU_PROPERTY

// Code that gives 7: without a landing pad and with each kind.
#define GIVE_7 0x528000e0, 0xd65f03c0  // mov w0, #7; ret
static const uint32_t machine_plain[] = {GIVE_7};
static const uint32_t machine_call_pad[] = {0xd503245f, GIVE_7};                 // bti c
static const uint32_t machine_jump_pad[] = {0xd503249f, GIVE_7};                 // bti j
static const uint32_t machine_signing_pad[] = {0xd503233f, 0xd50323bf, GIVE_7};  // paciasp; autiasp
#undef GIVE_7

// The ways there: a call, a jump as linkers make it. Any other jump counts as one only from a guarded page.
#define WAY(name, register_name, instructions)                                                     \
  static inline int machine_##name(const void *code) {                                             \
    register const void *to __asm__(register_name) = code;                                         \
    register long result __asm__("x0");                                                            \
    __asm__ volatile(instructions "\n1:" : "=r"(result), "+r"(to)::"x30", "memory");               \
    return (int)result;                                                                            \
  }
WAY(call_there, "x9", "blr x9")
WAY(linker_jump, "x16", "adr x30, 1f\nbr x16")
#undef WAY
static const uint32_t machine_jump[] = {0xd503245f, 0xd61f0000};  // bti c; br x0

// A program: it calls what has no landing pad, and ends with 0.
static const uint32_t machine_program[] = {
    0x10000049,              // adr x9, .+8
    0xd63f0120,              // blr x9
    0xd2800000, 0xd2800ba8,  // mov x0, #0; mov x8, #93
    0xd4000001,              // svc #0
};
