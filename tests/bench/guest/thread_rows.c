// SPDX-License-Identifier: Apache-2.0
// Threads of one process.
#include "futex.h"
#include "measure.h"

#include <pthread.h>

static _Atomic(int) turn;  // 0: the measuring thread's, 1: the other's, 2: the end
static pthread_t other;

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
static void start_other(void) {
  atomic_store(&turn, 0);
  require(pthread_create(&other, NULL, answer, NULL) == 0, "pthread_create");
}
static void end_other(void) {
  hand_over(2);
  pthread_join(other, NULL);
}
static void run_futex(unsigned count) {
  while (count-- != 0) {
    hand_over(1);
    await_turn(0);
  }
}

static void *nothing_to_do(void *nothing) { return nothing; }
static void run_create_join(unsigned count) {
  while (count-- != 0) {
    pthread_t thread;
    require(pthread_create(&thread, NULL, nothing_to_do, NULL) == 0, "pthread_create");
    require(pthread_join(thread, NULL) == 0, "pthread_join");
  }
}

static const struct row rows[] = {
    {"futex-ping-pong", 20, 400, start_other, run_futex, end_other},
    {"thread-create-join", 5, 80, NULL, run_create_join, NULL},
};
ROWS(thread_rows, rows);
