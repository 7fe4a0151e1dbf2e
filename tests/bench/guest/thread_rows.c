// SPDX-License-Identifier: Apache-2.0
// Threads of one process.
#include "measure.h"
#include "turns.h"

#include <pthread.h>

static void *nothing_to_do(void *nothing) { return nothing; }
static void run_create_join(unsigned count) {
  while (count-- != 0) {
    pthread_t thread;
    require(pthread_create(&thread, NULL, nothing_to_do, NULL) == 0, "pthread_create");
    require(pthread_join(thread, NULL) == 0, "pthread_join");
  }
}

static const struct row rows[] = {
    {"futex-ping-pong", 20, 400, start_turns, take_turns, end_turns},
    {"thread-create-join", 5, 80, NULL, run_create_join, NULL},
};
ROWS(thread_rows, rows);
