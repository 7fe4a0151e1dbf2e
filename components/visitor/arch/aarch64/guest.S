// SPDX-License-Identifier: Apache-2.0
// See guest.hpp.
.macro label name
  .global \name
  .hidden \name
\name:
.endm

.arch_extension fp
.arch_extension simd
.section .rodata.visitor, "a"
.balign 16
label visitor_code
label visitor_call
  svc #0
  b visitor_call
label visitor_vectors
  fmov d7, x0
  ins v31.d[1], x0
  svc #0
  fmov x1, d7
  umov x2, v31.d[1]
  svc #0
label visitor_load
  ldr x2, [x3]
  svc #0
label visitor_store
  str x2, [x3]
  svc #0
label visitor_undefined
  udf #0
label visitor_scalable
  .inst 0x04bf5020             // rdvl x0, #1
label visitor_privileged
  mrs x0, ttbr0_el1
label visitor_pointer
  mrs x0, tpidr_el0
  add x0, x0, #1
  msr tpidr_el0, x0
  svc #0
label visitor_spin
  add x0, x0, #1
  b visitor_spin
label visitor_code_end
.section .note.GNU-stack, "", @progbits
