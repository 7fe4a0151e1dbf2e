// SPDX-License-Identifier: Apache-2.0
// Sections of instructions for restartable.c: AArch64. Each lets the area name it, works, and
// says how it ended: 0 by running to its end, 1 by its handler.
#pragma once

#define SECTION_BODY(name, signature)                                                                       \
  __asm__(".pushsection .text\n.balign 4\n"                                                                \
          ".inst " signature "\n" #name "_handler:\n"                                                      \
          "  mov w0, #1\n  ret\n"                                                                          \
          ".globl " #name "\n" #name ":\n"                                                                 \
          "  str x1, [x0]\n" #name "_start:\n"                                                             \
          "  ldr x9, [x3]\n  add x9, x9, #1\n  str x9, [x3]\n"                                            \
          "1: ldr w9, [x2]\n  cbz w9, 1b\n"                                                                \
          "  ldr x9, [x3, #8]\n  add x9, x9, #1\n  str x9, [x3, #8]\n" #name "_end:\n"                   \
          "  mov w0, #0\n  ret\n.popsection\n");                                                          \
  int name(volatile uint64_t *pointer, struct section *section, volatile int *stop, volatile uint64_t *runs); \
  extern char name##_start[], name##_end[], name##_handler[]

// Adds one to *counter, slowly.
__asm__(".pushsection .text\n.balign 4\n"
        ".inst 0x53053053\n"
        "add_handler:\n"
        "  b add_again\n"
        ".globl add_one\n"
        "add_one:\n"
        "add_again:\n"
        "  str x1, [x0]\n"
        "add_start:\n"
        "  ldr x9, [x2]\n"
        "  mov w10, #200\n"
        "1: subs w10, w10, #1\n  b.ne 1b\n"
        "  add x9, x9, #1\n"
        "  str x9, [x2]\n"
        "add_end:\n"
        "  ret\n.popsection\n");

// Writes to *byte.
__asm__(".pushsection .text\n.balign 4\n"
        ".inst 0x53053053\n"
        "touch_handler:\n"
        "  mov w0, #1\n  ret\n"
        ".globl touch_in_section\n"
        "touch_in_section:\n"
        "  str x1, [x0]\n"
        "touch_start:\n"
        "  mov w9, #7\n  strb w9, [x2]\n"
        "touch_end:\n"
        "  mov w0, #0\n  ret\n.popsection\n");
