// SPDX-License-Identifier: Apache-2.0
// First instructions of a thread made by rt::Thread: rdi = its ThreadBlock,
// rsp % 16 == 8.
.section .text.tessera_thread_start, "ax"
.global tessera_thread_start
.hidden tessera_thread_start
tessera_thread_start:
  xor %ebp, %ebp
  push %rbp
  call tessera_thread_main
  ud2
.section .note.GNU-stack, "", @progbits
