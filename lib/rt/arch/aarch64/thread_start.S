// SPDX-License-Identifier: Apache-2.0
// First instructions of a thread made by rt::Thread: x0 = its ThreadBlock, sp = 8 below it.
.section .text.tessera_thread_start, "ax"
.global tessera_thread_start
.hidden tessera_thread_start
tessera_thread_start:
  mov sp, x0
  mov x29, xzr
  mov x30, xzr
  bl tessera_thread_main
  brk #1
.section .note.GNU-stack, "", @progbits
