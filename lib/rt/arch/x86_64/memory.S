// SPDX-License-Identifier: Apache-2.0
// The memory functions that the compiler calls. Few instructions: what is counted
// is instructions (a `rep` counts one a word under -icount, and is fast on
// hardware). Up to 32 bytes without a loop, by overlapping loads; above, `rep` on
// words and an overlapping last word.
.text

.macro function name
  .section .text.\name, "ax"
  .global \name
  .hidden \name
  .type \name, @function
  .p2align 4
\name:
.endm

// void* memcpy(rdi, rsi, rdx)
function memcpy
  mov %rdi, %rax
  cmp $16, %rdx
  ja 3f
  cmp $8, %edx
  jae 2f
  cmp $4, %edx
  jae 1f
  test %edx, %edx
  jz 0f
  // first, middle and last byte: one to three
  movzbl (%rsi), %ecx
  movzbl -1(%rsi,%rdx), %r8d
  mov %rdx, %r10
  shr $1, %r10
  movzbl (%rsi,%r10), %r9d
  mov %cl, (%rdi)
  mov %r9b, (%rdi,%r10)
  mov %r8b, -1(%rdi,%rdx)
0: ret
1: mov (%rsi), %ecx
  mov -4(%rsi,%rdx), %r8d
  mov %ecx, (%rdi)
  mov %r8d, -4(%rdi,%rdx)
  ret
2: mov (%rsi), %rcx
  mov -8(%rsi,%rdx), %r8
  mov %rcx, (%rdi)
  mov %r8, -8(%rdi,%rdx)
  ret
3: cmp $32, %rdx
  ja 5f
  mov (%rsi), %rcx
  mov 8(%rsi), %r8
  mov -16(%rsi,%rdx), %r9
  mov -8(%rsi,%rdx), %r10
  mov %rcx, (%rdi)
  mov %r8, 8(%rdi)
  mov %r9, -16(%rdi,%rdx)
  mov %r10, -8(%rdi,%rdx)
  ret
5: mov -8(%rsi,%rdx), %r8
  lea -8(%rdi,%rdx), %r9
  mov %rdx, %rcx
  shr $3, %rcx
  rep movsq
  mov %r8, (%r9)
  ret

// void* memmove(rdi, rsi, rdx). memcpy loads what a store of its own could reach
// first, except where the destination starts inside the source.
function memmove
  mov %rdi, %rcx
  sub %rsi, %rcx
  cmp %rdx, %rcx
  jae memcpy
  cmp $32, %rdx
  jbe memcpy
  mov %rdi, %rax
  mov (%rsi), %r8
  lea -8(%rsi,%rdx), %rsi
  lea -8(%rdi,%rdx), %rdi
  mov %rdx, %rcx
  shr $3, %rcx
  std
  rep movsq
  cld
  mov %r8, (%rax)
  ret

// void* memset(rdi, esi, rdx)
function memset
  mov %rdi, %rax
  movzbl %sil, %r8d
  mov $0x0101010101010101, %rcx
  imul %rcx, %r8
  cmp $16, %rdx
  ja 3f
  cmp $8, %edx
  jae 2f
  cmp $4, %edx
  jae 1f
  test %edx, %edx
  jz 0f
  mov %r8b, (%rdi)
  mov %r8b, -1(%rdi,%rdx)
  shr $1, %edx
  mov %r8b, (%rdi,%rdx)
0: ret
1: mov %r8d, (%rdi)
  mov %r8d, -4(%rdi,%rdx)
  ret
2: mov %r8, (%rdi)
  mov %r8, -8(%rdi,%rdx)
  ret
3: cmp $32, %rdx
  ja 4f
  mov %r8, (%rdi)
  mov %r8, 8(%rdi)
  mov %r8, -16(%rdi,%rdx)
  mov %r8, -8(%rdi,%rdx)
  ret
4: mov %rax, %r9
  mov %r8, -8(%rdi,%rdx)
  mov %rdx, %rcx
  shr $3, %rcx
  mov %r8, %rax
  rep stosq
  mov %r9, %rax
  ret

// int memcmp(rdi, rsi, rdx)
function memcmp
1: cmp $8, %rdx
  jb 2f
  mov (%rdi), %rax
  mov (%rsi), %rcx
  cmp %rcx, %rax
  jne 4f
  add $8, %rdi
  add $8, %rsi
  sub $8, %rdx
  jmp 1b
2: test %rdx, %rdx
  jz 3f
  movzbl (%rdi), %eax
  movzbl (%rsi), %ecx
  inc %rdi
  inc %rsi
  dec %rdx
  sub %ecx, %eax
  jz 2b
  ret
3: xor %eax, %eax
  ret
4: bswap %rax
  bswap %rcx
  cmp %rcx, %rax
  sbb %eax, %eax
  or $1, %eax
  ret

// size_t strlen(rdi)
function strlen
  xor %eax, %eax
1: cmpb $0, (%rdi,%rax)
  je 2f
  inc %rax
  jmp 1b
2: ret

// void* memchr(rdi, esi, rdx)
function memchr
  add %rdi, %rdx
1: cmp %rdx, %rdi
  je 2f
  cmp %sil, (%rdi)
  je 3f
  inc %rdi
  jmp 1b
2: xor %edi, %edi
3: mov %rdi, %rax
  ret
.section .note.GNU-stack, "", @progbits
