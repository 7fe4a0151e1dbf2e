// SPDX-License-Identifier: Apache-2.0
// latency ROW...: how long an interactive exchange takes beside eight processes that compute
// without end. A static Linux program; the same file runs on Linux and on Tessera. Prints,
// for each of the rows p50, p99 and worst, a line
//   ROW <tab> exchanges <tab> ticks <tab> picoseconds
//
// An exchange: at a time that it chose before, a process writes a byte to another, as a
// terminal does to a shell. That one computes for a moment, starts a process that ends at
// once, waits for it, and writes a byte back. It counts from when the first was due to run
// until it has read the answer. Pauses are random, always the same ones, and long enough for
// the last exchange to be forgotten.
#define _GNU_SOURCE
#include "measure.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { computing = 8, exchanges = 400, first_pause_ms = 1000, least_pause_us = 3000, more_pause_us = 12000, steps = 100000 };

noreturn void fail(const char *what) {
  fprintf(stderr, "latency: %s: %s\n", what, strerror(errno));
  exit(1);
}

static uint64_t now_ns(void) {
  struct timespec time;
  require(clock_gettime(CLOCK_MONOTONIC, &time) == 0, "clock_gettime");
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static void compute(unsigned count) {
  for (unsigned step = 0; step < count; ++step) __asm__ volatile("");
}

// A child that does not outlive this process, whatever becomes of it.
static pid_t start_child(void) {
  const pid_t parent = getpid(), child = fork();
  require(child >= 0, "fork");
  if (child == 0) {
    require(prctl(PR_SET_PDEATHSIG, SIGKILL) == 0, "prctl");
    if (getppid() != parent) _exit(1);
  }
  return child;
}

static noreturn void be_shell(int in, int out) {
  char byte;
  while (read(in, &byte, 1) == 1) {
    compute(steps);
    const pid_t child = fork();
    require(child >= 0, "fork");
    if (child == 0) _exit(0);
    require(waitpid(child, NULL, 0) == child, "waitpid");
    require(write(out, &byte, 1) == 1, "write");
  }
  _exit(0);
}

static uint64_t next_random(uint64_t *state) {
  *state = *state * 6364136223846793005u + 1442695040888963407u;  // Knuth's MMIX
  return *state >> 33;
}

static int by_size(const void *first, const void *second) {
  const uint64_t a = *(const uint64_t *)first, b = *(const uint64_t *)second;
  return a < b ? -1 : a > b;
}

static uint64_t samples[exchanges];

// Under `qemu -icount shift=0` a tick is a nanosecond and an instruction.
static void measure(void) {
  int to_shell[2], from_shell[2];
  pid_t children[computing + 1];
  char byte = 0;
  require(pipe(to_shell) == 0 && pipe(from_shell) == 0, "pipe");
  for (unsigned at = 0; at < computing; ++at) {
    children[at] = start_child();
    if (children[at] == 0)
      for (;;) compute(steps);
  }
  children[computing] = start_child();
  if (children[computing] == 0) be_shell(to_shell[0], from_shell[1]);
  uint64_t random = 1, due = now_ns() + first_pause_ms * 1000000u;
  for (unsigned at = 0; at < exchanges; ++at) {
    const struct timespec until = {(time_t)(due / 1000000000u), (long)(due % 1000000000u)};
    require(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == 0, "clock_nanosleep");
    require(write(to_shell[1], &byte, 1) == 1, "write");
    require(read(from_shell[0], &byte, 1) == 1, "read");
    const uint64_t end = now_ns();
    samples[at] = end - due;
    due = end + (least_pause_us + next_random(&random) % more_pause_us) * 1000u;
  }
  for (unsigned at = 0; at <= computing; ++at) kill(children[at], SIGKILL);
  for (unsigned at = 0; at <= computing; ++at) require(waitpid(children[at], NULL, 0) == children[at], "waitpid");
  qsort(samples, exchanges, sizeof samples[0], by_size);
}

int main(int count, char **words) {
  static const struct {
    const char *name;
    unsigned at;
  } rows[] = {{"p50", exchanges / 2 - 1}, {"p99", exchanges * 99 / 100 - 1}, {"worst", exchanges - 1}};
  measure();
  for (int word = 1; word < count; ++word) {
    for (unsigned at = 0; at < sizeof rows / sizeof rows[0]; ++at) {
      if (strcmp(words[word], rows[at].name) != 0) continue;
      const unsigned long long ns = samples[rows[at].at];
      printf("%s\t%u\t%llu\t%llu\n", rows[at].name, exchanges, ns, ns * 1000);
    }
  }
  return 0;
}
