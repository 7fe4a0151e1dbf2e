// SPDX-License-Identifier: Apache-2.0
#include "turns.h"

#include <pthread.h>

#include "futex.h"

static _Atomic(int) turn;  // 0: the caller's, 1: its partner's, 2: the end
static pthread_t partner;

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
void start_turns(void) {
  atomic_store(&turn, 0);
  require(pthread_create(&partner, NULL, answer, NULL) == 0, "pthread_create");
}
void end_turns(void) {
  hand_over(2);
  pthread_join(partner, NULL);
}
void take_turns(unsigned count) {
  while (count-- != 0) {
    hand_over(1);
    await_turn(0);
  }
}
