// SPDX-License-Identifier: Apache-2.0
// Sections of instructions for restartable.c: x86-64. Each lets the area name it, works, and
// says how it ended: 0 by running to its end, 1 by its handler.
#pragma once

#define SECTION_BODY(name, signature)                                                                       \
  __asm__(".pushsection .text\n"                                                                           \
          ".long " signature "\n" #name "_handler:\n"                                                      \
          "  movl $1, %eax\n  ret\n"                                                                       \
          ".globl " #name "\n" #name ":\n"                                                                 \
          "  movq %rsi, (%rdi)\n" #name "_start:\n"                                                        \
          "  incq (%rcx)\n"                                                                                \
          "1: cmpl $0, (%rdx)\n  je 1b\n"                                                                  \
          "  incq 8(%rcx)\n" #name "_end:\n"                                                               \
          "  movl $0, %eax\n  ret\n.popsection\n");                                                        \
  int name(volatile uint64_t *pointer, struct section *section, volatile int *stop, volatile uint64_t *runs); \
  extern char name##_start[], name##_end[], name##_handler[]

// Adds one to *counter, slowly.
__asm__(".pushsection .text\n"
        ".long 0x53053053\n"
        "add_handler:\n"
        "  jmp add_again\n"
        ".globl add_one\n"
        "add_one:\n"
        "add_again:\n"
        "  movq %rsi, (%rdi)\n"
        "add_start:\n"
        "  movq (%rdx), %rax\n"
        "  movl $200, %ecx\n"
        "1: decl %ecx\n  jnz 1b\n"
        "  incq %rax\n"
        "  movq %rax, (%rdx)\n"
        "add_end:\n"
        "  ret\n.popsection\n");

// Writes to *byte.
__asm__(".pushsection .text\n"
        ".long 0x53053053\n"
        "touch_handler:\n"
        "  movl $1, %eax\n  ret\n"
        ".globl touch_in_section\n"
        "touch_in_section:\n"
        "  movq %rsi, (%rdi)\n"
        "touch_start:\n"
        "  movb $7, (%rdx)\n"
        "touch_end:\n"
        "  movl $0, %eax\n  ret\n.popsection\n");
