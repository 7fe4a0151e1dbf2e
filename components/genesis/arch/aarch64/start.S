// SPDX-License-Identifier: Apache-2.0
// First instructions of genesis: x0 = BootInfo, sp % 16 == 8. The thread pointer
// is not set: this thread must not use rt::current().
.section .text.genesis_start, "ax"
.global _start
.hidden _start
_start:
  sub x1, sp, #8
  mov sp, x1
  mov x29, xzr
  mov x30, xzr
  bl genesis_bootstrap
  brk #1
.section .note.GNU-stack, "", @progbits
