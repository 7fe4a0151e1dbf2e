// SPDX-License-Identifier: Apache-2.0
// The machine without a C library between: its counter and its system calls.
#pragma once

#include <stdint.h>
#include <sys/syscall.h>

// Under `qemu -icount shift=0` the counter steps once an instruction.
static inline uint64_t ticks(void) {
  uint32_t low, high;
  __asm__ volatile("rdtsc" : "=a"(low), "=d"(high)::"memory");
  return (uint64_t)high << 32 | low;
}

static inline long call3(long number, long first, long second, long third) {
  long result;
  __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(first), "S"(second), "d"(third) : "rcx", "r11", "memory");
  return result;
}

static inline long call4(long number, long first, long second, long third, long fourth) {
  register long r10 __asm__("r10") = fourth;
  long result;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(first), "S"(second), "d"(third), "r"(r10)
                   : "rcx", "r11", "memory");
  return result;
}

// One of the files, one event, for as long as it takes.
static inline long call_poll(void *files, long count) { return call3(SYS_poll, (long)files, count, -1); }
static inline long call_epoll_wait(long epoll, void *event) { return call4(SYS_epoll_wait, epoll, (long)event, 1, -1); }

// Takes long on the host and hardly moves the guest's clock.
static inline void pause_processor(void) { __asm__ volatile("pause"); }
