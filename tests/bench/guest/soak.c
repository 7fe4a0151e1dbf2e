// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "soak.h"

#include <pthread.h>
#include <sched.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "measure.h"

enum { calibration_ns = 50 * 1000 * 1000 };

static volatile uint64_t counts;
static double ticks_a_count;

static void *count_on(void *nothing) {
  const struct sched_param lowest = {0};
  // By the call itself: musl has a stub in its place.
  require(syscall(SYS_sched_setscheduler, 0, SCHED_IDLE, &lowest) == 0, "sched_setscheduler");
  for (;;) ++counts;
  return nothing;
}

void soak(void) {
  pthread_t thread;
  require(pthread_create(&thread, NULL, count_on, NULL) == 0, "pthread_create");
  while (counts == 0) sched_yield();
  const struct timespec while_nobody_runs = {0, calibration_ns};
  const uint64_t before = counts, start = ticks();
  nanosleep(&while_nobody_runs, NULL);
  const uint64_t counted = counts - before;
  require(counted > calibration_ns / 100, "the machine waits");
  ticks_a_count = (double)(ticks() - start) / (double)counted;
}

uint64_t idle_ticks(void) { return (uint64_t)((double)counts * ticks_a_count); }
