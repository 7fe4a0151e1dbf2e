/* SPDX-License-Identifier: Apache-2.0 */
/* Layout that the assembler and C++ share; arch.hpp asserts each value. */
#pragma once

#define CORE_CURRENT 8
#define CORE_SAVE_END 16
#define CORE_USER_RSP 24
#define CORE_STACK_TOP 32
#define CORE_SCRATCH 40
#define CORE_IN_GUEST 48

#define FRAME_RBP 32
#define FRAME_RBX 40
#define FRAME_R11 48
#define FRAME_RAX 80
#define FRAME_RCX 88
#define FRAME_RDI 112
#define FRAME_RIP 120
#define FRAME_RFLAGS 128
#define FRAME_RSP 136
#define FRAME_BYTES 144
#define THREAD_RESUME 144

#define RESUME_CALL 0
#define RESUME_FULL 1
#define RESUME_GUEST 2

#define SELECTOR_KERNEL_CODE 0x08
#define SELECTOR_KERNEL_DATA 0x10
#define SELECTOR_USER_BASE 0x20
#define SELECTOR_USER_DATA 0x2b
#define SELECTOR_USER_CODE 0x33
#define SELECTOR_TSS 0x38

/* CF PF AF ZF SF TF DF OF AC ID: what a guest may have in RFLAGS. */
#define GUEST_FLAGS 0x240dd5
#define FLAGS_ALWAYS 0x202
#define FLAGS_TRAP 0x100

/* A page of the first MiB, where cores other than the first begin. */
#define CORE_START_PAGE 0x8000
#define CORE_STACK_BYTES 32768

#define LOAD_ADDRESS 0x200000
#define LINK_ADDRESS 0xffffffff80000000
