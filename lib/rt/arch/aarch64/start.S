// SPDX-License-Identifier: Apache-2.0
// First instructions of a component: x0 = StartInfo, sp = 8 below the first thread's
// block (which the thread pointer points to). The loader gave zeroed .bss.
.section .text.tessera_start, "ax"
.global _start
.hidden _start
_start:
  add x1, sp, #8
  mov sp, x1
  mov x29, xzr
  mov x30, xzr
  bl tessera_component_start
  brk #1
.section .note.GNU-stack, "", @progbits
