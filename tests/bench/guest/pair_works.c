// SPDX-License-Identifier: Apache-2.0
// Pairs that take turns. A worker is a process with a partner of its own, another
// thread or another process; a unit is there and back.
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include "futex.h"
#include "scaling.h"

static _Atomic(int) turn;  // 0: the worker's, 1: its partner's, 2: the end
static pthread_t thread;

static void hand_over(int to) {
  atomic_store(&turn, to);
  futex_wake_one(&turn);
}
static int await_turn(int mine) {
  int seen;
  while ((seen = atomic_load(&turn)) == 1 - mine) futex_wait(&turn, seen);
  return seen;
}
static void *answer(void *nothing) {
  while (await_turn(1) == 1) hand_over(0);
  return nothing;
}
static void start_thread(void) {
  atomic_store(&turn, 0);
  require(pthread_create(&thread, NULL, answer, NULL) == 0, "pthread_create");
}
static void end_thread(void) {
  hand_over(2);
  pthread_join(thread, NULL);
}
static void run_futex(unsigned units) {
  while (units-- != 0) {
    hand_over(1);
    await_turn(0);
  }
}

static int there[2], back[2];
static pid_t partner;

static void start_process(void) {
  require(pipe(there) == 0 && pipe(back) == 0, "pipe");
  require((partner = fork()) >= 0, "fork");
  if (partner == 0) {
    char byte;
    close(there[1]);
    close(back[0]);
    while (read(there[0], &byte, 1) == 1) require(write(back[1], &byte, 1) == 1, "write");
    _exit(0);
  }
  close(there[0]);
  close(back[1]);
}
static void end_process(void) {
  close(there[1]);
  close(back[0]);
  require(waitpid(partner, NULL, 0) == partner, "waitpid");
}
static void run_pipes(unsigned units) {
  char byte = 1;
  while (units-- != 0) {
    require(write(there[1], &byte, 1) == 1, "write");
    require(read(back[0], &byte, 1) == 1, "read");
  }
}

static const struct work works[] = {
    {"futex-pairs", 5000, 0, NULL, start_thread, run_futex, end_thread, NULL},
    {"pipe-pairs", 4000, 0, NULL, start_process, run_pipes, end_process, NULL},
};
WORKS(pair_works, works);
