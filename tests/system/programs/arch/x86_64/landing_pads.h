// SPDX-License-Identifier: Apache-2.0
// Pages into which indirect branches go only where the code says so: x86-64 has none for programs.
#pragma once

#include <stdint.h>

static inline int machine_guards(void) { return 0; }
enum { kReadsProperties = 0 };  // Linux looks at PT_GNU_PROPERTY

// Code that gives 7: without a landing pad and with each kind.
static const uint8_t machine_plain[] = {0xb8, 7, 0, 0, 0, 0xc3};
#define machine_call_pad machine_plain
#define machine_jump_pad machine_plain
#define machine_signing_pad machine_plain
// The ways there: a call, a jump as linkers make it. Any other jump counts as one only from a guarded page.
static inline int machine_call_there(const void *code) { return ((int (*)(void))(uintptr_t)code)(); }
#define machine_linker_jump machine_call_there
static const uint8_t machine_jump[] = {0xff, 0xe7};  // jmp *%rdi

// A program: it calls what has no landing pad, and ends with 0.
static const uint8_t machine_program[] = {0x31, 0xff, 0xb8, 60, 0, 0, 0, 0x0f, 0x05};
