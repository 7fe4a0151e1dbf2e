// SPDX-License-Identifier: Apache-2.0
// System calls with arguments that nobody should give. They run in children that may
// die or hang: a parent looks at how far they came, kills the stuck one and starts
// the next behind that call.
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "hostile.h"

static const uint64_t wild[] = {
    0x0, 0x1, 0xfff, 0x1000, 0x7fffffffe000, 0x7fffffffeff8, 0x7ffffffff000, 0x800000000000,
    0xffff800000100000, 0xffff800040000000, 0xffff801000000000, 0xffffffff80000000, 0xffffffff80100000, 0xfffffffffffff000,
    UINT64_MAX, 0x8000000000000000, 0x7fffffffffffffff,
};
enum { kWild = sizeof(wild) / sizeof(wild[0]) };

struct progress {
  volatile uint64_t next;  // what a child comes to next
  volatile uint64_t done;  // calls that came back
  volatile uint64_t answers[4];  // of those: success, EFAULT, ENOSYS, another error
};

static void count_answer(struct progress *progress, long answer) {
  ++progress->done;
  ++progress->answers[answer >= 0 || answer < -4095 ? 0 : answer == -14 ? 1 : answer == -38 ? 2 : 3];
}

static void print_answers(const struct progress *progress) {
  printf("%llu calls came back: %llu with success, %llu with EFAULT, %llu with ENOSYS, %llu with another error\n",
         (unsigned long long)progress->done, (unsigned long long)progress->answers[0], (unsigned long long)progress->answers[1],
         (unsigned long long)progress->answers[2], (unsigned long long)progress->answers[3]);
}

// Calls that end or copy the caller as they should, whatever their arguments.
static int ends_the_caller(long number) {
#ifdef SYS_fork  // not in all tables of calls
  if (number == SYS_fork || number == SYS_vfork) return 1;
#endif
  return number == SYS_exit || number == SYS_exit_group || number == SYS_clone || number == 435 /* clone3 */ || number == SYS_rt_sigreturn;
}

// Waits until the child ends or stands still for 300 ms; then kills it. True when it
// ended by itself.
static int watch(pid_t child, struct progress *progress) {
  uint64_t seen = progress->next, since = now_ms();
  for (;;) {
    int status;
    if (waitpid(child, &status, WNOHANG) == child) return 1;
    if (progress->next != seen) {
      seen = progress->next;
      since = now_ms();
    } else if (now_ms() - since > 300) {
      kill(child, SIGKILL);
      waitpid(child, &status, 0);
      return 0;
    }
    const struct timespec pause = {0, 2000000};
    nanosleep(&pause, NULL);
  }
}

// Step N: call N / (2 * kWild); wild value; in all arguments, or in one after the other beside small numbers.
static void one_step(struct progress *progress, uint64_t step) {
  const long number = (long)(step / (2 * kWild));
  const uint64_t value = wild[step / 2 % kWild];
  if (ends_the_caller(number)) return;
  uint64_t arguments[6];
  if (step % 2 == 0) {
    for (int i = 0; i < 6; ++i) arguments[i] = value;
    count_answer(progress, raw_call(number, arguments));
    return;
  }
  for (int one = 0; one < 6; ++one) {
    for (int i = 0; i < 6; ++i) arguments[i] = i == one ? value : 1;
    count_answer(progress, raw_call(number, arguments));
  }
}

int hostile_pointers(void) {
  const uint64_t end = (uint64_t)kCalls * 2 * kWild;
  struct progress *progress = shared_page();
  unsigned deaths = 0, stuck = 0;
  while (progress->next < end) {
    const uint64_t from = progress->next;
    const pid_t child = fork();
    if (child < 0) return 1;
    if (child == 0) {
      setpgid(0, 0);
      become_nobody();
      while (progress->next < end) {
        const uint64_t step = progress->next;
        one_step(progress, step);
        progress->next = step + 1;
      }
      _exit(0);
    }
    if (watch(child, progress)) {
      ++deaths;
    } else {
      ++stuck;
    }
    if (progress->next < end && progress->next >= from) ++progress->next;  // not that one again
  }
  kill_nobodys();
  print_answers(progress);
  fprintf(stderr, "%u children ended, %u were stuck\n", deaths, stuck);
  return 0;
}

static uint64_t random_state;

static uint64_t random_bits(void) {  // xorshift64*
  random_state ^= random_state >> 12;
  random_state ^= random_state << 25;
  random_state ^= random_state >> 27;
  return random_state * 0x2545f4914f6cdd1d;
}

static uint64_t random_argument(char *buffer) {
  switch (random_bits() % 8) {
    case 0: return random_bits();
    case 1: return random_bits() % 16;
    case 2: return random_bits() % 4096;
    case 3: return wild[random_bits() % kWild];
    case 4: return (uint64_t)1 << (random_bits() % 64);
    case 5: return -(random_bits() % 4096);
    default: return (uint64_t)(uintptr_t)buffer + random_bits() % 4096;
  }
}

static void random_calls(struct progress *progress, char *buffer) {
  for (;;) {
    const long number = (long)(random_bits() % (random_bits() % 50 == 0 ? 2000 : kCalls));
    uint64_t arguments[6];
    for (int i = 0; i < 6; ++i) arguments[i] = random_argument(buffer);
    progress->next++;
    if (number == SYS_exit || number == SYS_exit_group) continue;
    count_answer(progress, raw_call(number, arguments));
  }
}

// One of several at once, as a user of its own.
static void random_children(uint64_t seed, uint64_t end, struct progress *progress) {
  for (uint64_t child_number = 0; now_ms() < end; ++child_number) {
    random_state = (seed + 1) * 0x9e3779b97f4a7c15 + child_number * 0xbf58476d1ce4e5b9 + 1;
    const pid_t child = fork();
    if (child < 0) {
      kill_nobodys();
      continue;
    }
    if (child == 0) {
      setpgid(0, 0);
      // With nothing behind it: what is counted must not be written to.
      char *buffer = mmap(NULL, 2 * 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
      mprotect(buffer + 65536, 65536, PROT_NONE);
      for (int i = 0; i < 65536; i += 8) *(uint64_t *)(void *)(buffer + i) = random_bits();
      become_nobody();
      random_calls(progress, buffer);
    }
    watch(child, progress);
    kill_nobodys();  // what it started
  }
}

int hostile_random(uint64_t seed, unsigned seconds) {
  enum { kTogether = 4 };
  struct progress *progress = shared_page(), sum = {0};
  pid_t workers[kTogether];
  printf("seed %llu\n", (unsigned long long)seed);
  const uint64_t end = now_ms() + (uint64_t)seconds * 1000;
  for (unsigned at = 0; at < kTogether; ++at) {
    workers[at] = fork();
    if (workers[at] < 0) return 1;
    if (workers[at] == 0) {
      nobody -= at;
      random_children(seed * kTogether + at, end, &progress[at]);
      _exit(0);
    }
  }
  for (unsigned at = 0; at < kTogether; ++at) {
    int status;
    if (waitpid(workers[at], &status, 0) != workers[at] || status != 0) return 1;
    sum.done += progress[at].done;
    for (int answer = 0; answer < 4; ++answer) sum.answers[answer] += progress[at].answers[answer];
  }
  print_answers(&sum);
  return 0;
}
