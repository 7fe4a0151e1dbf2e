// SPDX-License-Identifier: Apache-2.0
// The machine without a C library between: its counter and its system calls.
#pragma once

#include <stdint.h>
#include <sys/syscall.h>

// Nanoseconds, in steps of the counter's period. Under `qemu -icount shift=0` each is an instruction.
static inline uint64_t ticks(void) {
  uint64_t count, frequency;
  __asm__ volatile("isb; mrs %0, cntvct_el0; mrs %1, cntfrq_el0" : "=r"(count), "=r"(frequency)::"memory");
  return count / frequency * 1000000000 + count % frequency * 1000000000 / frequency;
}

static inline long call6(long number, long first, long second, long third, long fourth, long fifth, long sixth) {
  register long x8 __asm__("x8") = number;
  register long x0 __asm__("x0") = first;
  register long x1 __asm__("x1") = second;
  register long x2 __asm__("x2") = third;
  register long x3 __asm__("x3") = fourth;
  register long x4 __asm__("x4") = fifth;
  register long x5 __asm__("x5") = sixth;
  __asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
  return x0;
}

static inline long call3(long number, long first, long second, long third) { return call6(number, first, second, third, 0, 0, 0); }
static inline long call4(long number, long first, long second, long third, long fourth) {
  return call6(number, first, second, third, fourth, 0, 0);
}

// One of the files, one event, for as long as it takes.
static inline long call_poll(void *files, long count) { return call6(SYS_ppoll, (long)files, count, 0, 0, 0, 0); }
static inline long call_epoll_wait(long epoll, void *event) { return call6(SYS_epoll_pwait, epoll, (long)event, 1, -1, 0, 0); }

// Takes long on the host and hardly moves the guest's clock.
static inline void pause_processor(void) { __asm__ volatile("yield"); }
