// SPDX-License-Identifier: Apache-2.0
// Threads on several cores (one will do): affinity, and what one thread does to memory,
// registers and life of another that runs at the same time.
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "machine.h"
#include "test.h"

enum { kMostCores = 64 };
static int cores[kMostCores], core_count;

static void find_cores(void) {
  cpu_set_t all;
  CHECK(sched_getaffinity(0, sizeof(all), &all) == 0);
  core_count = 0;
  for (int core = 0; core < kMostCores; ++core)
    if (CPU_ISSET(core, &all)) cores[core_count++] = core;
  CHECK(core_count > 0);
}
static int bind(pid_t who, int core) {
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(core, &one);
  return sched_setaffinity(who, sizeof(one), &one);
}
static int bound_to(pid_t who, int core) {
  cpu_set_t set;
  return sched_getaffinity(who, sizeof(set), &set) == 0 && CPU_COUNT(&set) == 1 && CPU_ISSET(core, &set);
}
static int here(void) {
  unsigned core = ~0u;
  CHECK(syscall(SYS_getcpu, &core, NULL, NULL) == 0);
  return (int)core;
}

static void chosen(void) {
  find_cores();
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < core_count; ++i) {
      CHECK(bind(0, cores[i]) == 0 && bound_to(0, cores[i]) && here() == cores[i] && sched_getcpu() == cores[i]);
    }
  }
}

static void refused(void) {
  cpu_set_t set;
  find_cores();
  CPU_ZERO(&set);
  CHECK_ERRNO(EINVAL, sched_setaffinity(0, sizeof(set), &set));
  CPU_SET(900, &set);  // there is no such core
  CHECK_ERRNO(EINVAL, sched_setaffinity(0, sizeof(set), &set));
  CHECK_ERRNO(ESRCH, bind(4000000, cores[0]));
  CHECK_ERRNO(EINVAL, sched_getaffinity(0, 3, &set));
  CHECK_ERRNO(EFAULT, sched_setaffinity(0, sizeof(set), (cpu_set_t *)8));
  CHECK(bind(0, cores[0]) == 0);
}

static void *tell_core(void *place) {
  *(int *)place = bound_to(0, *(int *)place) ? here() : -1;
  return NULL;
}
static void inherited(void) {
  find_cores();
  for (int i = 0; i < core_count && i < 8; ++i) {
    CHECK(bind(0, cores[i]) == 0);
    pthread_t thread;
    int place = cores[i], status;
    CHECK(pthread_create(&thread, NULL, tell_core, &place) == 0 && pthread_join(thread, NULL) == 0 && place == cores[i]);
    const pid_t child = fork();
    if (child == 0) _exit(bound_to(0, cores[i]) && here() == cores[i] ? 0 : 1);
    CHECK(waitpid(child, &status, 0) == child && ended_with(status, 0));
  }
}

static void told(void) {
  find_cores();
  char text[4096] = "", want[64];
  const int core = cores[core_count - 1];
  CHECK(sysconf(_SC_NPROCESSORS_ONLN) >= core_count);
  CHECK(bind(0, core) == 0);
  int file = open("/proc/self/status", O_RDONLY);
  CHECK(file >= 0 && read(file, text, sizeof(text) - 1) > 0 && close(file) == 0);
  snprintf(want, sizeof(want), "Cpus_allowed_list:\t%d\n", core);
  CHECK(strstr(text, want) != NULL);
  memset(text, 0, sizeof(text));
  file = open("/proc/self/stat", O_RDONLY);
  CHECK(file >= 0 && read(file, text, sizeof(text) - 1) > 0 && close(file) == 0);
  char *field = strrchr(text, ')');
  for (int number = 2; number < 39; ++number) CHECK(field != NULL && (field = strchr(field + 1, ' ')) != NULL);
  CHECK(atoi(field) == core);
  memset(text, 0, sizeof(text));
  file = open("/proc/stat", O_RDONLY);
  CHECK(file >= 0 && read(file, text, sizeof(text) - 1) > 0 && close(file) == 0);
  snprintf(want, sizeof(want), "\ncpu%d ", core);
  CHECK(strstr(text, want) != NULL);
}

// --- a thread that runs while others act on it
static volatile int turns, stop_it, last_core = -1;
static volatile pid_t runner;
static volatile uint64_t *volatile word;
static void *run(void *unused) {
  runner = gettid();
  while (!stop_it) {
    unsigned core;
    syscall(SYS_getcpu, &core, NULL, NULL);
    last_core = (int)core;
    ++turns;
  }
  return unused;
}
static void *count(void *unused) {
  runner = gettid();
  while (!stop_it) {
    for (int i = 0; i < 100; ++i) ++*word;
    ++turns;
  }
  return unused;
}
static pthread_t start(void *(*body)(void *)) {
  pthread_t thread;
  turns = stop_it = 0;
  CHECK(pthread_create(&thread, NULL, body, NULL) == 0);
  while (turns == 0) sched_yield();
  return thread;
}
static void stop(pthread_t thread) {
  stop_it = 1;
  CHECK(pthread_join(thread, NULL) == 0);
}
static void some_turns(void) {
  const int before = turns;
  while (turns - before < 3) sched_yield();
}

static void moved_while_it_runs(void) {
  find_cores();
  const pthread_t thread = start(run);
  for (int round = 0; round < 5; ++round) {
    for (int i = 0; i < core_count; ++i) {
      CHECK(bind(runner, cores[i]) == 0);
      some_turns();
      CHECK(last_core == cores[i]);
    }
  }
  stop(thread);
}

// Once mprotect has returned, nobody writes any more, wherever they run.
static sigjmp_buf back;
static volatile int faults;
static void on_write(int number) {
  (void)number;
  ++faults;
  // Waits here until it may go on: the write is made again then.
  while (faults > turns && !stop_it) sched_yield();
}
static void protected_at_once(void) {
  word = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CHECK(word != MAP_FAILED);
  struct sigaction action;
  memset(&action, 0, sizeof(action));
  action.sa_handler = on_write;
  action.sa_flags = SA_NODEFER;
  CHECK(sigaction(SIGSEGV, &action, NULL) == 0);
  const pthread_t thread = start(count);
  for (int round = 0; round < 100; ++round) {
    faults = 0;
    turns = 0;
    CHECK(mprotect((void *)(uintptr_t)word, 4096, PROT_READ) == 0);
    const uint64_t before = *word;
    while (faults == 0) sched_yield();
    CHECK(*word == before);
    CHECK(mprotect((void *)(uintptr_t)word, 4096, PROT_READ | PROT_WRITE) == 0);
    turns = 1 << 20;
    while (*word == before) sched_yield();
  }
  stop(thread);
}

// A page that was unmapped is another's at once: the writer must not reach it.
static void on_unmapped(int number) {
  (void)number;
  siglongjmp(back, 1);
}
static void *write_until_it_goes(void *unused) {
  if (sigsetjmp(back, 1) == 0) {
    for (;;) {
      ++*word;
      turns = 1;
    }
  }
  ++faults;
  return unused;
}
static void unmapped_at_once(void) {
  signal(SIGSEGV, on_unmapped);
  for (int round = 0; round < 100; ++round) {
    word = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(word != MAP_FAILED);
    faults = 0;
    const pthread_t thread = start(write_until_it_goes);
    CHECK(munmap((void *)(uintptr_t)word, 4096) == 0);
    // Memory that was just given back, most likely.
    volatile uint64_t *other = mmap(NULL, 16 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if ((uintptr_t)other <= (uintptr_t)word && (uintptr_t)word < (uintptr_t)other + 16 * 4096) {
      // In the same place: it writes there, rightly.
      CHECK(munmap((void *)(uintptr_t)other, 16 * 4096) == 0);
      CHECK(pthread_join(thread, NULL) == 0 && faults == 1);
      continue;
    }
    CHECK(pthread_join(thread, NULL) == 0 && faults == 1);
    for (int i = 0; i < 16 * 512; ++i) CHECK(other[i] == 0);
    CHECK(munmap((void *)(uintptr_t)other, 16 * 4096) == 0);
  }
}

// A child's copy stands still while the parent's thread goes on writing.
static void copied_at_once(void) {
  word = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CHECK(word != MAP_FAILED);
  const pthread_t thread = start(count);
  for (int round = 0; round < 50; ++round) {
    int status;
    const pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
      const uint64_t before = *word;
      for (int i = 0; i < 50; ++i) sched_yield();
      _exit(*word == before ? 0 : 1);
    }
    some_turns();
    CHECK(waitpid(child, &status, 0) == child && ended_with(status, 0));
  }
  stop(thread);
}

// --- signals and ends
static volatile int got;
static void on_signal(int number) {
  (void)number;
  ++got;
}
static void signalled_while_it_runs(void) {
  signal(SIGUSR1, on_signal);
  const pthread_t thread = start(run);
  for (int round = 1; round <= 200; ++round) {
    CHECK(syscall(SYS_tgkill, getpid(), runner, SIGUSR1) == 0);
    while (got < round) sched_yield();
  }
  stop(thread);
}

static void *nothing(void *place) {
  *(volatile pid_t *)place = gettid();
  return NULL;
}
static void signalled_at_its_end(void) {
  signal(SIGUSR1, on_signal);
  for (int round = 0; round < 300; ++round) {
    pthread_t thread;
    volatile pid_t who = 0;
    CHECK(pthread_create(&thread, NULL, nothing, (void *)&who) == 0);
    while (who == 0) {
    }
    for (int i = 0; i < 3; ++i) {
      const long outcome = syscall(SYS_tgkill, getpid(), who, SIGUSR1);
      CHECK(outcome == 0 || errno == ESRCH);
    }
    CHECK(pthread_join(thread, NULL) == 0);
  }
}

static void barriers(void) {
  enum { kQuery = 0, kPrivate = 8, kRegister = 16 };
  const long known = syscall(SYS_membarrier, kQuery, 0);
  if (known < 0 || (known & kPrivate) == 0) test_skipped("membarrier");
  CHECK(syscall(SYS_membarrier, kRegister, 0) == 0);
  const pthread_t thread = start(run);
  for (int round = 0; round < 200; ++round) CHECK(syscall(SYS_membarrier, kPrivate, 0) == 0);
  stop(thread);
}

static void *spin(void *unused) {
  for (;;) ++turns;
  return unused;
}
static void spin_in_threads(void) {
  for (int i = 0; i < 4; ++i) (void)start(spin);
}
static void exit_now(void) {
  spin_in_threads();
  _exit(7);
}
static void be_killed(void) {
  spin_in_threads();
  kill(getpid(), SIGKILL);
  for (;;) pause();
}
static void exec_now(void) {
  spin_in_threads();
  execl("/bin/true", "true", NULL);
  _exit(1);
}
static void ends_of_all_threads(void) {
  for (int round = 0; round < 15; ++round) {
    CHECK(ended_with(child_status(exit_now), 7));
    CHECK(died_of(child_status(be_killed), SIGKILL));
    CHECK(ended_with(child_status(exec_now), 0));
  }
}

static void killed_from_elsewhere(void) {
  for (int round = 0; round < 30; ++round) {
    int pipes[2], status;
    char byte;
    CHECK(pipe(pipes) == 0);
    const pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
      spin_in_threads();
      CHECK(write(pipes[1], "x", 1) == 1);
      for (;;) ++turns;
    }
    CHECK(read(pipes[0], &byte, 1) == 1 && kill(child, round % 2 == 0 ? SIGKILL : SIGTERM) == 0);
    CHECK(waitpid(child, &status, 0) == child && WIFSIGNALED(status));
    CHECK(close(pipes[0]) == 0 && close(pipes[1]) == 0);
  }
}

// Vector registers go along when a thread is moved.
static void *add_in_vectors(void *place) {
  double sum = 0, step = 1;
  for (int i = 0; i < 200000; ++i) {
    sum += step;
    __asm__ volatile("" : MACHINE_IN_VECTOR(sum), MACHINE_IN_VECTOR(step));
    if (i % 1000 == 0) sched_yield();
  }
  *(double *)place = sum;
  return NULL;
}
static void registers_go_along(void) {
  enum { kThreads = 6 };
  pthread_t threads[kThreads];
  double sums[kThreads] = {0};
  find_cores();
  for (int i = 0; i < kThreads; ++i) CHECK(pthread_create(&threads[i], NULL, add_in_vectors, &sums[i]) == 0);
  for (int i = 0; i < 100; ++i) {
    CHECK(bind(0, cores[i % core_count]) == 0);
    sched_yield();
  }
  for (int i = 0; i < kThreads; ++i) CHECK(pthread_join(threads[i], NULL) == 0 && sums[i] == 200000.0);
}

static const struct test tests[] = {
    {"chosen", chosen}, {"refused", refused}, {"inherited", inherited}, {"told", told},
    {"moved_while_it_runs", moved_while_it_runs}, {"protected_at_once", protected_at_once},
    {"unmapped_at_once", unmapped_at_once}, {"copied_at_once", copied_at_once},
    {"signalled_while_it_runs", signalled_while_it_runs}, {"signalled_at_its_end", signalled_at_its_end},
    {"barriers", barriers}, {"ends_of_all_threads", ends_of_all_threads}, {"killed_from_elsewhere", killed_from_elsewhere},
    {"registers_go_along", registers_go_along},
};
SUITE(core_suite, "core", tests);
