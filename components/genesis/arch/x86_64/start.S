// SPDX-License-Identifier: Apache-2.0
// First instructions of genesis: rdi = BootInfo, rsp % 16 == 8. The thread pointer
// is not set: this thread must not use rt::current().
.section .text.genesis_start, "ax"
.global _start
.hidden _start
_start:
  xor %ebp, %ebp
  push %rbp
  call genesis_bootstrap
  ud2
.section .note.GNU-stack, "", @progbits
