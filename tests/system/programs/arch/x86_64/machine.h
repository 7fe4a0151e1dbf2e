// SPDX-License-Identifier: Apache-2.0
// What the tests know of the machine: x86-64.
#pragma once

#include <signal.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#define machine_name "x86_64"
enum { kPauseCall = SYS_pause };
#define kAuditArchitecture 0xc000003eU
enum { kIgnoresTags = 0 };

// What a call that was not made answers.
static inline long machine_undone(long number, long first_argument) {
  (void)first_argument;
  return number;
}
#define machine_vfork vfork

static inline uint64_t machine_ticks(void) {
  uint32_t low, high;
  __asm__ volatile("rdtsc" : "=a"(low), "=d"(high)::"memory");
  return (uint64_t)high << 32 | low;
}

static inline long machine_time_call(void) { return syscall(SYS_time, NULL); }

#define MACHINE_IN_VECTOR(value) "+x"(value)

// --- code: a function that returns, and one that counts in the page it is on
static const unsigned char machine_return[] __attribute__((unused)) = {0xc3};
// inc dword [rip + 0xf8]; mov eax, [rip + 0xf2]; ret
static const unsigned char machine_counting[] __attribute__((unused)) = {0xff, 0x05, 0xf8, 0, 0, 0, 0x8b, 0x05, 0xf2, 0, 0, 0, 0xc3};

// --- exceptions and what Linux says of them
enum machine_address { kNoAddress, kOwnAddress, kAnyAddress };
struct machine_fault {
  void (*act)(void);
  int signal, code;
  enum machine_address address;
};
static inline void machine_divide(void) { __asm__ volatile("idivl %0" ::"r"(0), "a"(1), "d"(0)); }
static inline void machine_undefined(void) { __asm__ volatile("ud2"); }
static inline void machine_breakpoint(void) { __asm__ volatile("int3"); }
static inline void machine_privileged(void) { __asm__ volatile("hlt"); }
static const struct machine_fault machine_faults[] __attribute__((unused)) = {
    {machine_divide, SIGFPE, FPE_INTDIV, kOwnAddress},
    {machine_undefined, SIGILL, ILL_ILLOPN, kOwnAddress},
    {machine_breakpoint, SIGTRAP, SI_KERNEL, kNoAddress},
    {machine_privileged, SIGSEGV, SI_KERNEL, kNoAddress},
};

// An undefined instruction in place of a result, and the handler that gives it one.
static inline long machine_trap_for_result(void) {
  long result;
  __asm__ volatile("mov $1, %%eax; ud2" : "=a"(result));
  return result;
}
static inline void machine_skip_trap(ucontext_t *context, long result) {
  context->uc_mcontext.gregs[REG_RIP] += 2;
  context->uc_mcontext.gregs[REG_RAX] = result;
}
static inline uintptr_t machine_instruction(const ucontext_t *context) { return (uintptr_t)context->uc_mcontext.gregs[REG_RIP]; }

static inline void machine_lose_stack(void) { __asm__ volatile("xor %%esp, %%esp; push %%rax" ::: "memory"); }

// kill(getpid(), SIGNAL) with VALUE in a vector register, where it should stay.
static inline double machine_kill_with_vector(int signal, double value) {
  double result = 0;
  __asm__ volatile(
      "movsd %1, %%xmm7\n"
      "mov $39, %%eax\nsyscall\nmov %%eax, %%edi\nmov %2, %%esi\nmov $62, %%eax\nsyscall\n"
      "movsd %%xmm7, %0\n"
      : "=m"(result)
      : "m"(value), "rm"(signal)
      : "rax", "rcx", "r11", "rdi", "rsi", "xmm7", "memory");
  return result;
}
