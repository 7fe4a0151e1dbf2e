// SPDX-License-Identifier: Apache-2.0
// See loops.hpp. The nucleus keeps rbx, rbp, r15 and rsp over a system call.
#include <abi/nucleus.inc>
.section .text.bench_repeat, "ax"

// bench_repeat(rdi count, rsi tag, rdx handle, rcx reply): five instructions a turn.
.global bench_repeat
.hidden bench_repeat
.p2align 4
bench_repeat:
  push %rbx
  push %rbp
  push %r12
  push %r13
  push %r14
  push %r15
  push %rdx
  mov %rdi, %rbx
  mov %rsi, %rbp
  mov %rcx, %r15
1:
  mov %rbp, %rax
  mov (%rsp), %rdi
  syscall
  dec %rbx
  jnz 1b
  pop %rdx
  pop %r15
  pop %r14
  pop %r13
  pop %r12
  pop %rbp
  pop %rbx
  ret

.macro label name
  .global \name
  .hidden \name
\name:
.endm

// A peer starts with rdi = its PeerParameters; its stack is never used.
.section .text.bench_peer, "ax"
.p2align 4
label bench_peer_code

// Four instructions an answer.
label bench_peer_answer
  mov 0(%rdi), %rbx
  mov 8(%rdi), %r15
  mov 16(%rdi), %rbp
  mov %rbx, %rdi
  mov $ABI_CALL_WAIT, %eax
  xor %edx, %edx
  syscall
1:
  mov %rbp, %rax
  mov %rbx, %rdi
  syscall
  jmp 1b

// Five instructions a wait (word 1, the time limit, is none).
label bench_peer_wait
  mov 0(%rdi), %rbx
  mov 16(%rdi), %rbp
2:
  mov %rbp, %rax
  mov %rbx, %rdi
  xor %edx, %edx
  syscall
  jmp 2b

// Three instructions a yield.
label bench_peer_yield
3:
  mov $ABI_CALL_YIELD, %eax
  syscall
  jmp 3b

// Five instructions a note.
label bench_peer_clock
  mov 0(%rdi), %rbx
5:
  rdtsc
  shl $32, %rdx
  or %rdx, %rax
  mov %rax, (%rbx)
  jmp 5b

// One instruction a fault, which is never resolved.
label bench_peer_fault
  mov 0(%rdi), %rbx
4:
  mov (%rbx), %rax
  jmp 4b
label bench_peer_code_end
.section .note.GNU-stack, "", @progbits
