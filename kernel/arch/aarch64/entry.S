// SPDX-License-Identifier: Apache-2.0
// The way in and out of the nucleus. Registers are saved straight into the running
// thread's frame, or into its guest's state page: CORE_SAVE is where. Interrupts stay
// off in the nucleus; TPIDR_EL1 is the core's block.
#include "offsets.h"
#include "abi/nucleus.inc"

.macro vector target
  .balign 128
  b \target
.endm

.section .text.vectors, "ax"
.balign 2048
.global exception_vectors
exception_vectors:
  vector bad_exception         // EL1 on SP_EL0: never
  vector bad_exception
  vector bad_exception
  vector bad_exception
  vector nucleus_exception     // EL1
  vector nucleus_interrupted
  vector bad_exception
  vector nucleus_exception
  vector user_exception        // EL0
  vector user_interrupted
  vector bad_exception
  vector user_exception
  vector bad_exception         // EL0 of AArch32: never
  vector bad_exception
  vector bad_exception
  vector bad_exception

.section .text, "ax"

// Everything that user mode has. Leaves x0 and x1 as they are; x19 = the core's block.
.macro save_user
  stp x16, x17, [sp, #-16]!
  mrs x16, tpidr_el1
  ldr x16, [x16, #CORE_SAVE]
  stp x0, x1, [x16]
  stp x2, x3, [x16, #16]
  stp x4, x5, [x16, #32]
  stp x6, x7, [x16, #48]
  stp x8, x9, [x16, #64]
  stp x10, x11, [x16, #80]
  stp x12, x13, [x16, #96]
  stp x14, x15, [x16, #112]
  stp x18, x19, [x16, #FRAME_X18]
  stp x20, x21, [x16, #160]
  stp x22, x23, [x16, #176]
  stp x24, x25, [x16, #192]
  stp x26, x27, [x16, #208]
  stp x28, x29, [x16, #224]
  ldp x20, x21, [sp], #16
  mrs x22, sp_el0
  mrs x23, elr_el1
  mrs x24, spsr_el1
  stp x20, x21, [x16, #FRAME_X16]
  stp x30, x22, [x16, #FRAME_X30]
  stp x23, x24, [x16, #FRAME_PC]
  mrs x19, tpidr_el1
  mov x29, xzr
.endm

user_exception:
  save_user
  mrs x2, esr_el1
  lsr x3, x2, #26
  cmp x3, #EC_SYSTEM_CALL
  b.ne 2f
  mov x2, x1
  mov x1, x0
  ldr x0, [x19, #CORE_CURRENT]
  ldr x3, [x19, #CORE_IN_GUEST]
  cbnz x3, 3f
  and w3, w1, #0xff
  cmp w3, #ABI_CALL_GUEST_RUN
  b.eq 1f
  bl nucleus_system_call
  b return_to_thread
1:
  mov x1, x2
  bl nucleus_guest_run         // entered, refused, or kicked: CORE_SAVE says
  b return_to_thread
2:
  mov x0, x3
  mov x1, x2
  mrs x2, far_el1
  bl nucleus_trap
  b return_to_thread
3:
  bl guest_system_call_exit
  b return_to_thread

user_interrupted:
  save_user
  bl nucleus_interrupt

// A guest's state page is shared with the personality and may change at any time:
// what matters is checked in the register that is then used.
.global return_to_thread
return_to_thread:
  mrs x19, tpidr_el1
  ldp x20, x21, [x19, #CORE_SAVE]
  mov sp, x21
  ldp x22, x23, [x20, #FRAME_SP]
  ldr x24, [x20, #FRAME_PSTATE]
  movz x25, #USER_PSTATE_HIGH, lsl #16
  movk x25, #USER_PSTATE_LOW
  and x24, x24, x25
  msr sp_el0, x22
  msr elr_el1, x23
  msr spsr_el1, x24
  ldp x0, x1, [x20]
  ldp x2, x3, [x20, #16]
  ldp x4, x5, [x20, #32]
  ldp x6, x7, [x20, #48]
  ldp x8, x9, [x20, #64]
  ldp x10, x11, [x20, #80]
  ldp x12, x13, [x20, #96]
  ldp x14, x15, [x20, #112]
  ldp x16, x17, [x20, #FRAME_X16]
  ldp x18, x19, [x20, #FRAME_X18]
  ldp x22, x23, [x20, #176]
  ldp x24, x25, [x20, #192]
  ldp x26, x27, [x20, #208]
  ldp x28, x29, [x20, #224]
  ldr x30, [x20, #FRAME_X30]
  ldp x20, x21, [x20, #160]
  eret
  dsb nsh                      // no speculation beyond
  isb

// From the nucleus itself: an interrupt let in by idle or a preemption window.
nucleus_interrupted:
  sub sp, sp, #192
  stp x0, x1, [sp]
  stp x2, x3, [sp, #16]
  stp x4, x5, [sp, #32]
  stp x6, x7, [sp, #48]
  stp x8, x9, [sp, #64]
  stp x10, x11, [sp, #80]
  stp x12, x13, [sp, #96]
  stp x14, x15, [sp, #112]
  stp x16, x17, [sp, #128]
  mrs x9, elr_el1
  mrs x10, spsr_el1
  stp x18, x30, [sp, #144]
  stp x9, x10, [sp, #160]
  bl nucleus_own_interrupt
  ldp x9, x10, [sp, #160]
  ldp x18, x30, [sp, #144]
  msr elr_el1, x9
  msr spsr_el1, x10
  ldp x0, x1, [sp]
  ldp x2, x3, [sp, #16]
  ldp x4, x5, [sp, #32]
  ldp x6, x7, [sp, #48]
  ldp x8, x9, [sp, #64]
  ldp x10, x11, [sp, #80]
  ldp x12, x13, [sp, #96]
  ldp x14, x15, [sp, #112]
  ldp x16, x17, [sp, #128]
  add sp, sp, #192
  eret
  dsb nsh
  isb

bad_exception:
nucleus_exception:
  mrs x0, esr_el1
  mrs x1, elr_el1
  mrs x2, far_el1
  bl nucleus_own_exception
  brk #2

// x0 = where V0 to V31, FPSR and FPCR go to, or come from. The nucleus itself uses none of them.
.arch_extension fp
.arch_extension simd
.global save_vector_state
save_vector_state:
  st1 {v0.2d-v3.2d}, [x0], #64
  st1 {v4.2d-v7.2d}, [x0], #64
  st1 {v8.2d-v11.2d}, [x0], #64
  st1 {v12.2d-v15.2d}, [x0], #64
  st1 {v16.2d-v19.2d}, [x0], #64
  st1 {v20.2d-v23.2d}, [x0], #64
  st1 {v24.2d-v27.2d}, [x0], #64
  st1 {v28.2d-v31.2d}, [x0], #64
  mrs x1, fpsr
  mrs x2, fpcr
  stp x1, x2, [x0]
  ret
.global load_vector_state
load_vector_state:
  ld1 {v0.2d-v3.2d}, [x0], #64
  ld1 {v4.2d-v7.2d}, [x0], #64
  ld1 {v8.2d-v11.2d}, [x0], #64
  ld1 {v12.2d-v15.2d}, [x0], #64
  ld1 {v16.2d-v19.2d}, [x0], #64
  ld1 {v20.2d-v23.2d}, [x0], #64
  ld1 {v24.2d-v27.2d}, [x0], #64
  ld1 {v28.2d-v31.2d}, [x0], #64
  ldp x1, x2, [x0]
  msr fpsr, x1
  msr fpcr, x2
  ret
.section .note.GNU-stack, "", @progbits
