// SPDX-License-Identifier: Apache-2.0
// What touching an address does to this process, told by its own handler.
#pragma once

#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>

enum touch { kTouchRead, kTouchWrite };

struct fault {
  int signal;  // 0: none
  int code;
  void *address;
};

static sigjmp_buf fault_return;
static volatile struct fault fault_seen;

static void on_fault(int number, siginfo_t *info, void *context) {
  (void)context;
  fault_seen.signal = number;
  fault_seen.code = info->si_code;
  fault_seen.address = info->si_addr;
  siglongjmp(fault_return, 1);
}

static inline struct fault touch(volatile void *address, enum touch how) {
  struct sigaction action, old_bus, old_segv;
  memset(&action, 0, sizeof(action));
  action.sa_sigaction = on_fault;
  action.sa_flags = SA_SIGINFO;
  sigaction(SIGBUS, &action, &old_bus);
  sigaction(SIGSEGV, &action, &old_segv);
  fault_seen.signal = 0;
  fault_seen.code = 0;
  fault_seen.address = NULL;
  if (sigsetjmp(fault_return, 1) == 0) {
    volatile unsigned char *byte = address;
    if (how == kTouchWrite) *byte = *byte;
    else (void)*byte;
  }
  sigaction(SIGBUS, &old_bus, NULL);
  sigaction(SIGSEGV, &old_segv, NULL);
  const struct fault seen = {fault_seen.signal, fault_seen.code, fault_seen.address};
  return seen;
}

static inline int faults_with(volatile void *address, enum touch how, int number, int code) {
  const struct fault seen = touch(address, how);
  return seen.signal == number && seen.code == code && seen.address == (void *)(uintptr_t)address;
}

// SIGBUS as behind the end of a file.
static inline int past_end(volatile void *address) {
  return faults_with(address, kTouchRead, SIGBUS, BUS_ADRERR) && touch(address, kTouchWrite).signal == SIGBUS;
}
static inline int accessible(volatile void *address, enum touch how) { return touch(address, how).signal == 0; }
