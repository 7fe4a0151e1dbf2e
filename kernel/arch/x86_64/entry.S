// SPDX-License-Identifier: Apache-2.0
// The way in and out of the nucleus. Registers are saved straight into the
// running thread's frame, or into its guest's state page: CORE_SAVE_END is the end
// of that frame. Interrupts stay off in the nucleus.
#include "offsets.h"
#include "abi/nucleus.inc"

.section .text, "ax"

// ---------------------------------------------------------------- syscall
// rcx = return address, r11 = flags.
.global entry_system_call
entry_system_call:
  swapgs
  cmp $ABI_CALL_GUEST_RUN, %al
  je entry_guest_run
entry_other_call:
  mov %rsp, %gs:CORE_USER_RSP
  mov %gs:CORE_SAVE_END, %rsp
  pushq %gs:CORE_USER_RSP
  push %r11
  push %rcx
  push %rdi
  push %rsi
  push %rdx
  push %rcx
  push %rax
  push %r8
  push %r9
  push %r10
  push %r11
  push %rbx
  push %rbp
  push %r12
  push %r13
  push %r14
  push %r15
  mov %gs:CORE_STACK_TOP, %rsp
  cmpb $0, %gs:CORE_IN_GUEST
  jne 1f
  mov %rdi, %rdx
  mov %rax, %rsi
  mov %gs:CORE_CURRENT, %rdi
  call nucleus_system_call
  jmp return_to_thread
1:
  // A guest's call: its thread goes on behind guest_run, which promised to keep
  // only rbx, rbp and rsp. Nothing of the nucleus stays in a register.
  mov %gs:CORE_CURRENT, %rdi
  call guest_system_call_exit
  mov %gs:CORE_CURRENT, %rdi
  mov FRAME_RBX(%rdi), %rbx
  mov FRAME_RBP(%rdi), %rbp
  mov FRAME_RIP(%rdi), %rcx
  mov FRAME_RFLAGS(%rdi), %r11
  mov FRAME_RSP(%rdi), %rsp
  xor %eax, %eax
  xor %esi, %esi           // word 0: the reason `syscall` is 0
  xor %edx, %edx
  xor %edi, %edi
  xor %r8d, %r8d
  xor %r9d, %r9d
  xor %r10d, %r10d
  swapgs
  sysretq

// guest_run from a component; a guest may make a call of that number too. Saves
// what guest_run keeps. rdx is free: all other registers are lost anyway.
entry_guest_run:
  cmpb $0, %gs:CORE_IN_GUEST
  jne entry_other_call
  mov %gs:CORE_CURRENT, %rdx
  mov %rsp, FRAME_RSP(%rdx)
  mov %r11, FRAME_RFLAGS(%rdx)
  mov %rcx, FRAME_RIP(%rdx)
  mov %rbx, FRAME_RBX(%rdx)
  mov %rbp, FRAME_RBP(%rdx)
  mov %gs:CORE_STACK_TOP, %rsp
  mov %rdi, %rsi
  mov %rdx, %rdi
  call nucleus_guest_run
  test %al, %al
  jz return_to_guest
  // fall through: refused, or kicked

// ----------------------------------------------------------------- way out
.global return_to_thread
return_to_thread:
  mov %gs:CORE_CURRENT, %rdi
  cmpb $RESUME_CALL, THREAD_RESUME(%rdi)
  jne 2f
  mov %rdi, %rsp
  pop %r15
  pop %r14
  pop %r13
  pop %r12
  pop %rbp
  pop %rbx
  add $8, %rsp
  pop %r10
  pop %r9
  pop %r8
  pop %rax
  add $8, %rsp
  pop %rdx
  pop %rsi
  pop %rdi
  pop %rcx
  pop %r11
  pop %rsp
  swapgs
  sysretq

2:
  cmpb $RESUME_FULL, THREAD_RESUME(%rdi)
  jne return_to_guest
  mov %gs:CORE_STACK_TOP, %rsp
  push $SELECTOR_USER_DATA
  push FRAME_RSP(%rdi)
  push FRAME_RFLAGS(%rdi)
  push $SELECTOR_USER_CODE
  push FRAME_RIP(%rdi)
.Lload_all:
  mov 0(%rdi), %r15
  mov 8(%rdi), %r14
  mov 16(%rdi), %r13
  mov 24(%rdi), %r12
  mov 32(%rdi), %rbp
  mov 40(%rdi), %rbx
  mov 48(%rdi), %r11
  mov 56(%rdi), %r10
  mov 64(%rdi), %r9
  mov 72(%rdi), %r8
  mov 80(%rdi), %rax
  mov 88(%rdi), %rcx
  mov 96(%rdi), %rdx
  mov 104(%rdi), %rsi
  mov 112(%rdi), %rdi
  swapgs
  iretq

// The state page is shared with the personality and may change at any time:
// what matters is checked in the register that is then used.
return_to_guest:
  mov %gs:CORE_SAVE_END, %rsp
  sub $FRAME_BYTES, %rsp
  mov FRAME_RIP(%rsp), %rcx
  mov FRAME_RFLAGS(%rsp), %r11
  mov %rcx, %rax
  shr $47, %rax
  jnz 4f
  cmp FRAME_RCX(%rsp), %rcx
  jne 3f
  cmp FRAME_R11(%rsp), %r11
  jne 3f
  test $FLAGS_TRAP, %r11d // after sysretq the trap would come before the next instruction
  jnz 3f
  and $GUEST_FLAGS, %r11
  or $FLAGS_ALWAYS, %r11
  pop %r15
  pop %r14
  pop %r13
  pop %r12
  pop %rbp
  pop %rbx
  add $8, %rsp
  pop %r10
  pop %r9
  pop %r8
  pop %rax
  add $8, %rsp
  pop %rdx
  pop %rsi
  pop %rdi
  mov 16(%rsp), %rsp
  swapgs
  sysretq
3: // not what a system call left behind: load everything
  mov %rsp, %rdi
  mov %gs:CORE_STACK_TOP, %rsp
  and $GUEST_FLAGS, %r11
  or $FLAGS_ALWAYS, %r11
  push $SELECTOR_USER_DATA
  push FRAME_RSP(%rdi)
  push %r11
  push $SELECTOR_USER_CODE
  push %rcx
  jmp .Lload_all
4: // no address that a guest can run at
  mov %gs:CORE_STACK_TOP, %rsp
  mov %gs:CORE_CURRENT, %rdi
  call guest_bad_address
  jmp return_to_thread

// ------------------------------------------------- exceptions, interrupts
// Stubs push an error code where the CPU does not, then the vector.
.altmacro
.macro stub number
stub_\number:
  .if \number == 8 || (\number >= 10 && \number <= 14) || \number == 17 || \number == 21 || \number == 29 || \number == 30
  .else
  push $0
  .endif
  push $\number
  jmp trap_entry
.endm
.set vector, 0
.rept 256
  stub %vector
  .set vector, vector + 1
.endr

.section .data.rel.ro, "aw"
.global trap_stubs
trap_stubs:
.macro stub_address number
  .quad stub_\number
.endm
.set vector, 0
.rept 256
  stub_address %vector
  .set vector, vector + 1
.endr
.noaltmacro

.section .text, "ax"
trap_entry:
  cld
  testb $3, 24(%rsp)
  jz kernel_trap
  swapgs
  mov %rax, %gs:CORE_SCRATCH
  mov %gs:CORE_SAVE_END, %rax
  sub $FRAME_BYTES, %rax
  mov %r15, 0(%rax)
  mov %r14, 8(%rax)
  mov %r13, 16(%rax)
  mov %r12, 24(%rax)
  mov %rbp, 32(%rax)
  mov %rbx, 40(%rax)
  mov %r11, 48(%rax)
  mov %r10, 56(%rax)
  mov %r9, 64(%rax)
  mov %r8, 72(%rax)
  mov %rcx, 88(%rax)
  mov %rdx, 96(%rax)
  mov %rsi, 104(%rax)
  mov %rdi, 112(%rax)
  mov %gs:CORE_SCRATCH, %rcx
  mov %rcx, FRAME_RAX(%rax)
  mov 16(%rsp), %rcx
  mov %rcx, FRAME_RIP(%rax)
  mov 32(%rsp), %rcx
  mov %rcx, FRAME_RFLAGS(%rax)
  mov 40(%rsp), %rcx
  mov %rcx, FRAME_RSP(%rax)
  mov (%rsp), %rdi
  mov 8(%rsp), %rsi
  mov %gs:CORE_STACK_TOP, %rsp
  call nucleus_trap
  jmp return_to_thread

// From the nucleus itself: an interrupt let in by idle or a preemption window,
// or an exception that has a way to go on.
kernel_trap:
  push %rax
  push %rcx
  push %rdx
  push %rsi
  push %rdi
  push %r8
  push %r9
  push %r10
  push %r11
  mov 72(%rsp), %rdi
  mov 80(%rsp), %rsi
  lea 88(%rsp), %rdx
  push %rbp
  mov %rsp, %rbp
  and $-16, %rsp
  call nucleus_kernel_trap
  mov %rbp, %rsp
  pop %rbp
  pop %r11
  pop %r10
  pop %r9
  pop %r8
  pop %rdi
  pop %rsi
  pop %rdx
  pop %rcx
  pop %rax
  add $16, %rsp
  iretq

// A non-maskable interrupt may come anywhere, even between swapgs and the load of
// the stack: it is passed over.
.global entry_nmi
entry_nmi:
  iretq

// Loads a guest's vector state: rdi = area, rsi = components, rdx = 1 when the CPU
// has XSAVE. Answers 1, or 0 when the area is not valid.
.global load_vector_state
load_vector_state:
  mov %esi, %eax
  test %edx, %edx
  jz 5f
  mov %rsi, %rdx
  shr $32, %rdx
.global load_vector_fault_1
load_vector_fault_1:
  xrstor64 (%rdi)
  mov $1, %eax
  ret
5:
.global load_vector_fault_2
load_vector_fault_2:
  fxrstor64 (%rdi)
  mov $1, %eax
  ret
.global load_vector_failed
load_vector_failed:
  xor %eax, %eax
  ret
.section .note.GNU-stack, "", @progbits
