// SPDX-License-Identifier: Apache-2.0
// See loops.hpp. The nucleus keeps x11 to x30 and sp over a system call.
#include <abi/nucleus.inc>
.section .text.bench_repeat, "ax"

// bench_repeat(x0 count, x1 tag, x2 handle, x3 reply): five instructions a turn.
.global bench_repeat
.hidden bench_repeat
.p2align 4
bench_repeat:
  mov x11, x0
  mov x12, x1
  mov x13, x2
  mov x10, x3
1:
  mov x0, x12
  mov x1, x13
  svc #0
  subs x11, x11, #1
  b.ne 1b
  ret

.macro label name
  .global \name
  .hidden \name
\name:
.endm

// A peer starts with x0 = its PeerParameters; its stack is never used.
.section .text.bench_peer, "ax"
.p2align 4
label bench_peer_code

// Four instructions an answer.
label bench_peer_answer
  ldp x11, x10, [x0]
  ldr x12, [x0, #16]
  mov x1, x11
  mov x0, #ABI_CALL_WAIT
  mov x3, xzr
  svc #0
1:
  mov x0, x12
  mov x1, x11
  svc #0
  b 1b

// Five instructions a wait (word 1, the time limit, is none).
label bench_peer_wait
  ldr x11, [x0]
  ldr x12, [x0, #16]
2:
  mov x0, x12
  mov x1, x11
  mov x3, xzr
  svc #0
  b 2b

// Three instructions a yield.
label bench_peer_yield
3:
  mov x0, #ABI_CALL_YIELD
  svc #0
  b 3b

// Four instructions a note.
label bench_peer_clock
  ldr x11, [x0]
5:
  isb
  mrs x12, cntvct_el0
  str x12, [x11]
  b 5b

// One instruction a fault, which is never resolved.
label bench_peer_fault
  ldr x11, [x0]
4:
  ldr x12, [x11]
  b 4b
label bench_peer_code_end
.section .note.GNU-stack, "", @progbits
