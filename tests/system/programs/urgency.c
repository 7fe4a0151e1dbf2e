// SPDX-License-Identifier: Apache-2.0
// urgency race WHAT: two processes compute on one processor, the second with WHAT: a nice value,
// `idle` or `batch` (its scheduling policy), `plain`. Prints how far each came in two seconds.
// urgency answers: eight processes compute on each processor; another answers a byte two
// hundred times, at pauses. Prints how long an answer took in the median and at worst, us, and
// how far the one came that computes and came least far.
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { steps = 20000, answers = 200, a_processor = 8, most = 256 };

static _Atomic unsigned long *done;  // of each that computes, shared

static void require(int holds, const char *what) {
  if (holds) return;
  fprintf(stderr, "urgency: %s: %s\n", what, strerror(errno));
  exit(1);
}

static uint64_t now_us(void) {
  struct timespec time;
  require(clock_gettime(CLOCK_MONOTONIC, &time) == 0, "clock_gettime");
  return (uint64_t)time.tv_sec * 1000000 + (uint64_t)time.tv_nsec / 1000;
}

static void pause_us(long us) {
  const struct timespec time = {us / 1000000, us % 1000000 * 1000};
  require(nanosleep(&time, NULL) == 0, "nanosleep");
}

// Does not outlive its parent.
static pid_t start(void) {
  const pid_t parent = getpid(), child = fork();
  require(child >= 0, "fork");
  if (child == 0 && (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent)) _exit(1);
  return child;
}

static void stop(pid_t child) {
  require(kill(child, SIGKILL) == 0, "kill");
  require(waitpid(child, NULL, 0) == child, "waitpid");
}

static void compute(unsigned number) {
  for (;;) {
    for (unsigned step = 0; step < steps; ++step) __asm__ volatile("");
    atomic_fetch_add(&done[number], 1);
  }
}

// By the calls themselves: the C library has none of them.
static void be(const char *what) {
  const struct sched_param none = {0};
  if (strcmp(what, "plain") == 0) return;
  if (strcmp(what, "idle") == 0 || strcmp(what, "batch") == 0) {
    const int policy = *what == 'i' ? SCHED_IDLE : SCHED_BATCH;
    require(syscall(SYS_sched_setscheduler, 0, policy, &none) == 0, "sched_setscheduler");
    require(syscall(SYS_sched_getscheduler, 0) == policy, "sched_getscheduler");
  } else {
    require(setpriority(PRIO_PROCESS, 0, atoi(what)) == 0, "setpriority");
  }
}

static int race(const char *what) {
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(0, &one);
  require(sched_setaffinity(0, sizeof one, &one) == 0, "sched_setaffinity");
  pid_t children[2];
  for (unsigned at = 0; at < 2; ++at) {
    if ((children[at] = start()) != 0) continue;
    if (at == 1) be(what);
    compute(at);
  }
  pause_us(2000000);
  const unsigned long first = done[0], second = done[1];
  printf("%lu %lu\n", first, second);
  for (unsigned at = 0; at < 2; ++at) stop(children[at]);
  return 0;
}

static int by_size(const void *a, const void *b) {
  const uint64_t first = *(const uint64_t *)a, second = *(const uint64_t *)b;
  return first < second ? -1 : first > second;
}

static int answer(void) {
  const long processors = sysconf(_SC_NPROCESSORS_ONLN);
  const unsigned computing = (unsigned)processors * a_processor;
  require(processors > 0 && computing <= most, "the number of processors");
  pid_t children[most + 1];
  int there[2], back[2];
  char byte = 0;
  static uint64_t took[answers];
  require(pipe(there) == 0 && pipe(back) == 0, "pipe");
  for (unsigned at = 0; at < computing; ++at)
    if ((children[at] = start()) == 0) compute(at);
  if ((children[computing] = start()) == 0) {
    while (read(there[0], &byte, 1) == 1 && write(back[1], &byte, 1) == 1) continue;
    _exit(0);
  }
  pause_us(500000);
  for (unsigned at = 0; at < answers; ++at) {
    pause_us(5000 + at % 7 * 1000);
    const uint64_t begin = now_us();
    char sent = (char)at, got = 0;
    require(write(there[1], &sent, 1) == 1 && read(back[0], &got, 1) == 1 && got == sent, "an answer");
    took[at] = now_us() - begin;
  }
  qsort(took, answers, sizeof took[0], by_size);
  unsigned long least = done[0];
  for (unsigned at = 1; at < computing; ++at)
    if (done[at] < least) least = done[at];
  printf("%lu %lu %lu\n", (unsigned long)took[answers / 2], (unsigned long)took[answers - 1], least);
  for (unsigned at = 0; at <= computing; ++at) stop(children[at]);
  return 0;
}

int main(int count, char **words) {
  done = mmap(NULL, most * sizeof *done, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  require(done != MAP_FAILED, "mmap");
  if (count == 3 && strcmp(words[1], "race") == 0) return race(words[2]);
  if (count == 2 && strcmp(words[1], "answers") == 0) return answer();
  fprintf(stderr, "usage: urgency race WHAT | urgency answers\n");
  return 2;
}
