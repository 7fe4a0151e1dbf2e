// SPDX-License-Identifier: Apache-2.0
// One thing that all workers use: a pipe between processes, a lock between threads.
#include <unistd.h>

#include "futex.h"
#include "scaling.h"
#include "sha256.h"

// A unit: a byte in, a byte out. Whoever reads has written before, so nobody waits
// for the other's byte, only for the pipe itself.
static int one[2];
static void make_pipe(void) { require(pipe(one) == 0, "pipe"); }
static void close_pipe(void) {
  close(one[0]);
  close(one[1]);
}
static void run_pipe(unsigned units) {
  char byte = 1;
  while (units-- != 0) {
    require(write(one[1], &byte, 1) == 1, "write");
    require(read(one[0], &byte, 1) == 1, "read");
  }
}

// A lock over a futex: free, held, held with somebody who waits.
enum { lock_free, lock_held, lock_waited_for };
static _Atomic(int) lock;

static void take(void) {
  int seen = lock_free;
  if (atomic_compare_exchange_strong(&lock, &seen, lock_held)) return;
  if (seen != lock_waited_for) seen = atomic_exchange(&lock, lock_waited_for);
  while (seen != lock_free) {
    futex_wait(&lock, lock_waited_for);
    seen = atomic_exchange(&lock, lock_waited_for);
  }
}
static void release(void) {
  if (atomic_exchange(&lock, lock_free) == lock_waited_for) futex_wake_one(&lock);
}

// A unit: some tens of thousands of instructions under the lock, as many without.
enum { part_blocks = 8 };
static const unsigned char part[part_blocks * sha256_block_bytes];
static struct sha256 common;

static void run_lock(unsigned units) {
  struct sha256 own;
  sha256_start(&own);
  while (units-- != 0) {
    take();
    sha256_blocks(&common, part, part_blocks);
    release();
    sha256_blocks(&own, part, part_blocks);
  }
  __asm__ volatile("" ::"r"(own.words[0]) : "memory");
}

static const struct work works[] = {
    {"shared-pipe", 12000, 0, make_pipe, NULL, run_pipe, NULL, close_pipe},
    {"shared-futex", 1000, 1, NULL, NULL, run_lock, NULL, NULL},
};
WORKS(shared_works, works);
