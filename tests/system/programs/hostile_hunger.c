// SPDX-License-Identifier: Apache-2.0
// Taking without end: processes, threads, memory, descriptors. The system must say
// no, or end the greedy process, and all must come back afterwards.
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hostile.h"

struct hunger {
  volatile uint64_t taken;
  volatile int refused;  // errno of the first no
};

// Each process forks as often as it may; nobody stops by himself.
static void bomb(struct hunger *hunger) {
  for (;;) {
    const pid_t child = fork();
    if (child < 0) {
      if (hunger->refused == 0) hunger->refused = errno;
      pause();
    } else {
      __atomic_fetch_add(&hunger->taken, 1, __ATOMIC_SEQ_CST);
    }
  }
}

int hostile_forks(void) {
  struct hunger *hunger = shared_page();
  const pid_t first = fork();
  if (first == 0) {
    if (setgid(kNobody) != 0 || setuid(nobody) != 0) _exit(2);
    bomb(hunger);
  }
  const uint64_t end = now_ms() + 30000;
  while (hunger->refused == 0 && now_ms() < end) usleep(20000);
  kill_nobodys();
  fprintf(stderr, "%llu processes, then: %s\n", (unsigned long long)hunger->taken, strerror(hunger->refused));
  const pid_t after = fork();
  if (after == 0) _exit(7);
  int status = 0;
  return after > 0 && waitpid(after, &status, 0) == after && WIFEXITED(status) && WEXITSTATUS(status) == 7 ? 0 : 1;
}

static void *wait_for_ever(void *nothing) {
  pause();
  return nothing;
}

static void take_threads(struct hunger *hunger) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, 16384);
  for (;;) {
    pthread_t thread;
    const int error = pthread_create(&thread, &attributes, wait_for_ever, NULL);
    if (error != 0) {
      hunger->refused = error;
      _exit(0);
    }
    if (++hunger->taken >= 50000) _exit(0);
  }
}

static void take_memory(struct hunger *hunger) {
  for (;;) {
    char *more = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (more == MAP_FAILED) {
      hunger->refused = errno;
      _exit(0);
    }
    for (int page = 0; page < 1 << 20; page += 4096) more[page] = 1;
    ++hunger->taken;
  }
}

static void take_descriptors(struct hunger *hunger) {
  for (;;) {
    int ends[2];
    if (pipe(ends) != 0) {
      hunger->refused = errno;
      _exit(0);
    }
    fcntl(ends[1], F_SETFL, O_NONBLOCK);
    static const char filling[65536];
    while (write(ends[1], filling, sizeof(filling)) > 0) {
    }
    ++hunger->taken;
  }
}

// Ends well when the child got a no or was killed for it, three times alike.
static int starve(void (*take)(struct hunger *), const char *what) {
  struct hunger *hunger = shared_page();
  for (int round = 0; round < 3; ++round) {
    hunger->taken = 0;
    hunger->refused = 0;
    const pid_t child = fork();
    if (child < 0) return 1;
    if (child == 0) take(hunger);
    int status = 0;
    if (waitpid(child, &status, 0) != child) return 1;
    fprintf(stderr, "%llu %s, then: %s\n", (unsigned long long)hunger->taken, what,
            WIFSIGNALED(status) ? strsignal(WTERMSIG(status)) : strerror(hunger->refused));
    const int refused = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    const int killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
    if ((!refused && !killed) || hunger->taken == 0) return 1;
  }
  return 0;
}

int hostile_threads(void) { return starve(take_threads, "threads"); }
int hostile_memory(void) { return starve(take_memory, "MiB"); }
int hostile_descriptors(void) { return starve(take_descriptors, "pipes"); }
