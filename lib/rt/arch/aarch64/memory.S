// SPDX-License-Identifier: Apache-2.0
// The memory functions that the compiler calls. Few instructions: what is counted is
// instructions. No vector registers. Up to 32 bytes without a loop, by overlapping loads;
// above, 32 bytes a turn and an overlapping last 32. Addresses need not be aligned: it is
// ordinary memory.
.text

.macro function name
  .section .text.\name, "ax"
  .global \name
  .hidden \name
  .type \name, @function
  .p2align 4
\name:
.endm

// void* memcpy(x0, x1, x2)
function memcpy
  cmp x2, #16
  b.hi 3f
  cmp x2, #8
  b.hs 2f
  cmp x2, #4
  b.hs 1f
  cbz x2, 0f
  // first, middle and last byte: one to three
  lsr x3, x2, #1
  sub x4, x2, #1
  ldrb w5, [x1]
  ldrb w6, [x1, x3]
  ldrb w7, [x1, x4]
  strb w5, [x0]
  strb w6, [x0, x3]
  strb w7, [x0, x4]
0: ret
1: sub x4, x2, #4
  ldr w5, [x1]
  ldr w6, [x1, x4]
  str w5, [x0]
  str w6, [x0, x4]
  ret
2: sub x4, x2, #8
  ldr x5, [x1]
  ldr x6, [x1, x4]
  str x5, [x0]
  str x6, [x0, x4]
  ret
3: add x8, x1, x2              // behind the source
  add x9, x0, x2
  cmp x2, #32
  b.hi 5f
  ldp x3, x4, [x1]
  ldp x5, x6, [x8, #-16]
  stp x3, x4, [x0]
  stp x5, x6, [x9, #-16]
  ret
5: ldp x10, x11, [x8, #-32]    // the last 32, before a store could reach them
  ldp x12, x13, [x8, #-16]
  mov x7, x0
  sub x2, x2, #1
  lsr x2, x2, #5               // whole turns that leave one to 32 bytes
6: ldp x3, x4, [x1]
  ldp x5, x6, [x1, #16]
  add x1, x1, #32
  stp x3, x4, [x7]
  stp x5, x6, [x7, #16]
  add x7, x7, #32
  subs x2, x2, #1
  b.ne 6b
  stp x10, x11, [x9, #-32]
  stp x12, x13, [x9, #-16]
  ret

// void* memmove(x0, x1, x2). memcpy loads what a store of its own could reach first, except
// where the destination starts inside the source.
function memmove
  sub x3, x0, x1
  cmp x3, x2
  b.hs memcpy
  cmp x2, #32
  b.ls memcpy
  // From the end, 32 bytes a turn; the first 32 are loaded before a store could reach them.
  ldp x10, x11, [x1]
  ldp x12, x13, [x1, #16]
  add x8, x1, x2
  add x9, x0, x2
  sub x2, x2, #1
  lsr x2, x2, #5
7: ldp x3, x4, [x8, #-16]
  ldp x5, x6, [x8, #-32]
  sub x8, x8, #32
  stp x3, x4, [x9, #-16]
  stp x5, x6, [x9, #-32]
  sub x9, x9, #32
  subs x2, x2, #1
  b.ne 7b
  stp x10, x11, [x0]
  stp x12, x13, [x0, #16]
  ret

// void* memset(x0, w1, x2)
function memset
  and x1, x1, #0xff
  mov x3, #0x0101010101010101
  mul x1, x1, x3
  cmp x2, #16
  b.hi 3f
  cmp x2, #8
  b.hs 2f
  cmp x2, #4
  b.hs 1f
  cbz x2, 0f
  lsr x3, x2, #1
  sub x4, x2, #1
  strb w1, [x0]
  strb w1, [x0, x3]
  strb w1, [x0, x4]
0: ret
1: sub x4, x2, #4
  str w1, [x0]
  str w1, [x0, x4]
  ret
2: sub x4, x2, #8
  str x1, [x0]
  str x1, [x0, x4]
  ret
3: add x9, x0, x2
  stp x1, x1, [x0]
  stp x1, x1, [x9, #-16]
  cmp x2, #32
  b.ls 0b
  mov x7, x0
  sub x2, x2, #1
  lsr x2, x2, #5
4: stp x1, x1, [x7]
  stp x1, x1, [x7, #16]
  add x7, x7, #32
  subs x2, x2, #1
  b.ne 4b
  stp x1, x1, [x9, #-32]
  ret

// int memcmp(x0, x1, x2)
function memcmp
1: cmp x2, #8
  b.lo 2f
  ldr x3, [x0], #8
  ldr x4, [x1], #8
  sub x2, x2, #8
  cmp x3, x4
  b.eq 1b
  rev x3, x3
  rev x4, x4
  cmp x3, x4
  cset w0, hi                  // 1 where it is greater,
  csinv w0, w0, wzr, hs        // else -1
  ret
2: cbz x2, 3f
  ldrb w3, [x0], #1
  ldrb w4, [x1], #1
  sub x2, x2, #1
  subs w3, w3, w4
  b.eq 2b
  mov w0, w3
  ret
3: mov w0, wzr
  ret

// size_t strlen(x0)
function strlen
  mov x1, x0
1: ldrb w2, [x0], #1
  cbnz w2, 1b
  sub x0, x0, x1
  sub x0, x0, #1
  ret

// void* memchr(x0, w1, x2)
function memchr
  and w1, w1, #0xff
  add x2, x0, x2
1: cmp x0, x2
  b.eq 2f
  ldrb w3, [x0]
  cmp w3, w1
  b.eq 3f
  add x0, x0, #1
  b 1b
2: mov x0, xzr
3: ret
.section .note.GNU-stack, "", @progbits
