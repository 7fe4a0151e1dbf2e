// SPDX-License-Identifier: Apache-2.0
// First instructions of a component: rdi = StartInfo, rsp = 8 below the first
// thread's block (which FS base points to), rsp % 16 == 8 as after a call. The
// loader gave zeroed .bss.
.section .text.tessera_start, "ax"
.global _start
.hidden _start
_start:
  lea 8(%rsp), %rsi
  xor %ebp, %ebp
  push %rbp
  call tessera_component_start
  ud2
.section .note.GNU-stack, "", @progbits
