// SPDX-License-Identifier: Apache-2.0
// What the tests know of the machine: AArch64.
#pragma once

#include <signal.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#define machine_name "aarch64"
enum { kPauseCall = SYS_ppoll };  // what the C library's pause does
#define kAuditArchitecture 0xc00000b7U
enum { kIgnoresTags = 1 };  // the highest byte of an address is the program's own

// What a call that was not made answers.
static inline long machine_undone(long number, long first_argument) {
  (void)number;
  return first_argument;
}

// musl's vfork is a fork: clone(CLONE_VM | CLONE_VFORK | SIGCHLD), which touches no stack.
__asm__(".pushsection .text\n.balign 4\n"
        "machine_vfork:\n"
        "  mov x8, #220\n  mov x0, #0x4111\n"
        "  mov x1, #0\n  mov x2, #0\n  mov x3, #0\n  mov x4, #0\n"
        "  svc #0\n  ret\n.popsection\n");
__attribute__((returns_twice, unused)) pid_t machine_vfork(void);

static inline uint64_t machine_ticks(void) {
  uint64_t value;
  __asm__ volatile("isb; mrs %0, cntvct_el0" : "=r"(value)::"memory");
  return value;
}

static inline long machine_time_call(void) {
  struct timespec now;
  return syscall(SYS_clock_gettime, CLOCK_REALTIME, &now) == 0 ? now.tv_sec : -1;
}

#define MACHINE_IN_VECTOR(value) "+w"(value)

// --- code: a function that returns, and one that counts in the page it is on
static const uint32_t machine_return[] __attribute__((unused)) = {0xd65f03c0};
// adr x1, .+0x100; ldr w0, [x1]; add w0, w0, #1; str w0, [x1]; ret
static const uint32_t machine_counting[] __attribute__((unused)) = {0x10000801, 0xb9400020, 0x11000400, 0xb9000020, 0xd65f03c0};

// --- exceptions and what Linux says of them
enum machine_address { kNoAddress, kOwnAddress, kAnyAddress };
struct machine_fault {
  void (*act)(void);
  int signal, code;
  enum machine_address address;
};
static inline void machine_undefined(void) { __asm__ volatile("udf #0"); }
static inline void machine_breakpoint(void) { __asm__ volatile("brk #0"); }
static inline void machine_privileged(void) { __asm__ volatile("mrs x0, ttbr0_el1" ::: "x0"); }
static inline void machine_misaligned(void) {
  static uint64_t words[2];
  __asm__ volatile("ldxr x9, [%0]" ::"r"((uintptr_t)words + 1) : "x9", "memory");
}
static inline void machine_misaligned_jump(void) { ((void (*)(void))((uintptr_t)machine_undefined + 2))(); }
static const struct machine_fault machine_faults[] __attribute__((unused)) = {
    {machine_undefined, SIGILL, ILL_ILLOPC, kOwnAddress},
    {machine_breakpoint, SIGTRAP, TRAP_BRKPT, kOwnAddress},
    {machine_privileged, SIGILL, ILL_ILLOPC, kOwnAddress},
    {machine_misaligned, SIGBUS, BUS_ADRALN, kOwnAddress},
    {machine_misaligned_jump, SIGBUS, BUS_ADRALN, kOwnAddress},
};

// An undefined instruction in place of a result, and the handler that gives it one.
static inline long machine_trap_for_result(void) {
  register long result __asm__("x0") = 1;
  __asm__ volatile("udf #0" : "+r"(result));
  return result;
}
static inline void machine_skip_trap(ucontext_t *context, long result) {
  context->uc_mcontext.pc += 4;
  context->uc_mcontext.regs[0] = (unsigned long)result;
}
static inline uintptr_t machine_instruction(const ucontext_t *context) { return (uintptr_t)context->uc_mcontext.pc; }

static inline void machine_lose_stack(void) { __asm__ volatile("mov x9, #16; mov sp, x9; str x0, [sp]" ::: "x9", "memory"); }

// kill(getpid(), SIGNAL) with VALUE in a vector register, where it should stay.
static inline double machine_kill_with_vector(int signal, double value) {
  double result = 0;
  __asm__ volatile(
      "fmov d7, %d1\n"
      "mov x8, #172\nsvc #0\nmov w1, %w2\nmov x8, #129\nsvc #0\n"
      "fmov %d0, d7\n"
      : "=&w"(result)
      : "w"(value), "r"(signal)
      : "x0", "x1", "x8", "v7", "memory");
  return result;
}
