// SPDX-License-Identifier: Apache-2.0
// The tiny program that rows with exec start: ends at once, without a C library.
#include <sys/syscall.h>

void _start(void);
void _start(void) {
  __asm__ volatile("syscall" ::"a"(SYS_exit_group), "D"(0L) : "rcx", "r11", "memory");
  __builtin_unreachable();
}
