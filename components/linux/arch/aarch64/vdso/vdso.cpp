// SPDX-License-Identifier: Apache-2.0
// Runs in the guest's programs: clocks without a system call, and the way back from a
// handler. Anything this does not know goes to the system call, which knows everything.
#include "components/linux/exec/vdso_clocks.hpp"

namespace {

constexpr long kClockGetTime = 113, kClockGetRes = 114;

long system_call(long number, long first, long second) {
  register long x8 asm("x8") = number;
  register long x0 asm("x0") = first;
  register long x1 asm("x1") = second;
  asm volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1) : "memory");
  return x0;
}

}  // namespace

// The counter may be read early by some instructions: the barrier keeps two readings in order.
inline unsigned long vdso::read_counter() {
  unsigned long value = 0;
  asm volatile("isb\n\tmrs %0, cntvct_el0" : "=r"(value) : : "memory");
  return value;
}

extern "C" {

__attribute__((visibility("default"))) int __kernel_clock_gettime(int clock, Timespec* to) {
  if (vdso::get_time(clock, to)) return 0;
  return static_cast<int>(system_call(kClockGetTime, clock, reinterpret_cast<long>(to)));
}

__attribute__((visibility("default"))) int __kernel_gettimeofday(Timeval* to, void* zone) {
  vdso::get_time_of_day(to, zone);
  return 0;
}

__attribute__((visibility("default"))) int __kernel_clock_getres(int clock, Timespec* to) {
  return static_cast<int>(system_call(kClockGetRes, clock, reinterpret_cast<long>(to)));
}

}  // extern "C"

// Where a handler returns to. Debuggers and unwinders know it by these two instructions.
asm(R"(
        .text
        .balign 4
        nop
        .globl __kernel_rt_sigreturn
        .type __kernel_rt_sigreturn, %function
__kernel_rt_sigreturn:
        mov x8, #139
        svc #0
        .size __kernel_rt_sigreturn, . - __kernel_rt_sigreturn
)");
