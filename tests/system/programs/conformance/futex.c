// SPDX-License-Identifier: Apache-2.0
// Futexes beyond a word and a queue: condition variables of owned ones, and several at once.
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "test.h"

// As linux/futex.h has them.
enum { FUTEX_WAIT = 0, FUTEX_WAKE = 1, FUTEX_CMP_REQUEUE = 4, FUTEX_LOCK_PI = 6, FUTEX_UNLOCK_PI = 7, FUTEX_WAIT_REQUEUE_PI = 11,
       FUTEX_CMP_REQUEUE_PI = 12, FUTEX_WAKE_PRIVATE = 129, FUTEX_CLOCK_REALTIME = 256 };
#define FUTEX_WAITERS 0x80000000u
#define FUTEX_TID_MASK 0x3fffffffu

static volatile uint32_t condition, owned;

static long futex(volatile uint32_t *word, int operation, uint32_t value, const void *time_or_count, volatile uint32_t *other, uint32_t third) {
  return syscall(SYS_futex, word, operation, value, time_or_count, other, third);
}
static long wait_requeue(uint32_t expected, const struct timespec *until) {
  return futex(&condition, FUTEX_WAIT_REQUEUE_PI, expected, until, &owned, 0);
}
static long requeue(int wake, long count, uint32_t expected) {
  return futex(&condition, FUTEX_CMP_REQUEUE_PI, (uint32_t)wake, (void *)count, &owned, expected);
}
static struct timespec in_ms(clockid_t clock, long ms) {
  struct timespec time;
  clock_gettime(clock, &time);
  time.tv_nsec += ms * 1000000;
  time.tv_sec += time.tv_nsec / 1000000000;
  time.tv_nsec %= 1000000000;
  return time;
}
static uint32_t self(void) { return (uint32_t)syscall(SYS_gettid); }
static void lock(void) { CHECK(futex(&owned, FUTEX_LOCK_PI, 0, NULL, NULL, 0) == 0); }
static void unlock(void) { CHECK(futex(&owned, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0) == 0); }

static void requeue_errors(void) {
  condition = 5;
  CHECK_ERRNO(EAGAIN, wait_requeue(4, NULL));
  CHECK_ERRNO(EINVAL, futex(&condition, FUTEX_WAIT_REQUEUE_PI, 5, NULL, &condition, 0));
  struct timespec until = in_ms(CLOCK_MONOTONIC, 30);
  CHECK_ERRNO(ETIMEDOUT, wait_requeue(5, &until));
  until = in_ms(CLOCK_REALTIME, 30);
  CHECK_ERRNO(ETIMEDOUT, futex(&condition, FUTEX_WAIT_REQUEUE_PI | FUTEX_CLOCK_REALTIME, 5, &until, &owned, 0));
  CHECK(owned == 0);
  CHECK_ERRNO(EAGAIN, requeue(1, 0, 4));
  CHECK_ERRNO(EINVAL, requeue(2, 0, 5));
  CHECK_ERRNO(EINVAL, requeue(0, 0, 5));
  CHECK_ERRNO(EINVAL, requeue(1, -1, 5));
  CHECK_ERRNO(EINVAL, futex(&condition, FUTEX_CMP_REQUEUE_PI, 1, (void *)1, &condition, 5));
  CHECK(requeue(1, 10, 5) == 0 && owned == 0);
  CHECK_ERRNO(EFAULT, futex((volatile uint32_t *)16, FUTEX_WAIT_REQUEUE_PI, 5, NULL, &owned, 0));
}

static volatile int waiting, passed;
static volatile pid_t waiter_ids[8];
// glibc's pthread_cond_wait of old: the mutex is released, and held again behind the call.
static void *wait_and_unlock(void *number) {
  waiter_ids[(intptr_t)number] = (pid_t)self();
  __atomic_add_fetch(&waiting, 1, __ATOMIC_SEQ_CST);
  CHECK(wait_requeue(5, NULL) == 0);
  CHECK((owned & FUTEX_TID_MASK) == self());
  ++passed;  // the futex guards it
  unlock();
  return NULL;
}

// Until all sleep in the call: /proc tells in which one a thread is.
static void await_sleepers(int count) {
  for (int round = 0; round < 1000 && waiting < count; ++round) sleep_ms(1);
  CHECK(waiting == count);
  for (int at = 0; at < count; ++at) CHECK(wait_for_state(waiter_ids[at], 'S'));
}

static void handed_over(void) {
  condition = 5;
  pthread_t threads[4];
  for (intptr_t at = 0; at < 4; ++at) CHECK(pthread_create(&threads[at], NULL, wait_and_unlock, (void *)at) == 0);
  await_sleepers(4);
  CHECK_ERRNO(EINVAL, futex(&condition, FUTEX_WAKE, 1, NULL, NULL, 0));
  CHECK_ERRNO(EINVAL, futex(&condition, FUTEX_CMP_REQUEUE, 1, (void *)1, &owned, 5));
  lock();
  CHECK(requeue(1, 1, 5) == 2 && (owned & FUTEX_WAITERS) != 0 && (owned & FUTEX_TID_MASK) == self());
  CHECK(passed == 0);
  CHECK(requeue(1, 100, 5) == 2 && requeue(1, 100, 5) == 0);
  unlock();
  for (int at = 0; at < 4; ++at) CHECK(pthread_join(threads[at], NULL) == 0);
  CHECK(passed == 4 && (owned & FUTEX_TID_MASK) == 0);
}

// A free one goes to who waits longest, at once.
static void taken_for_the_first(void) {
  condition = 5;
  pthread_t threads[2];
  for (intptr_t at = 0; at < 2; ++at) CHECK(pthread_create(&threads[at], NULL, wait_and_unlock, (void *)at) == 0);
  await_sleepers(2);
  CHECK(requeue(1, 0, 5) == 1);
  for (int round = 0; round < 1000 && passed == 0; ++round) sleep_ms(1);
  CHECK(passed == 1 && requeue(1, 5, 5) == 1);
  for (int at = 0; at < 2; ++at) CHECK(pthread_join(threads[at], NULL) == 0);
  CHECK(passed == 2);
}

static void *wait_in_time(void *unused) {
  (void)unused;
  waiter_ids[0] = (pid_t)self();
  __atomic_add_fetch(&waiting, 1, __ATOMIC_SEQ_CST);
  const struct timespec until = in_ms(CLOCK_MONOTONIC, 300);
  CHECK_ERRNO(ETIMEDOUT, wait_requeue(5, &until));
  CHECK((owned & FUTEX_TID_MASK) != self());
  return NULL;
}

static void late_behind_the_requeue(void) {
  condition = 5;
  lock();
  pthread_t thread;
  CHECK(pthread_create(&thread, NULL, wait_in_time, NULL) == 0);
  await_sleepers(1);
  CHECK(requeue(1, 0, 5) == 1);
  CHECK(pthread_join(thread, NULL) == 0);
  unlock();
}

static void *plain_waiter(void *unused) {
  (void)unused;
  waiter_ids[0] = (pid_t)self();
  __atomic_add_fetch(&waiting, 1, __ATOMIC_SEQ_CST);
  CHECK(futex(&condition, FUTEX_WAIT, 5, NULL, NULL, 0) == 0);
  return NULL;
}

static void not_for_plain_waiters(void) {
  condition = 5;
  pthread_t thread;
  CHECK(pthread_create(&thread, NULL, plain_waiter, NULL) == 0);
  await_sleepers(1);
  CHECK_ERRNO(EINVAL, requeue(1, 0, 5));
  CHECK(futex(&condition, FUTEX_WAKE, 1, NULL, NULL, 0) == 1 && pthread_join(thread, NULL) == 0);
}

// Between processes, through a file's pages at different addresses.
static void between_processes(void) {
  volatile uint32_t *words = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  words[0] = 5;
  const pid_t child = fork();
  if (child == 0) {
    volatile uint32_t *there = mremap((void *)(uintptr_t)words, 0, 4096, MREMAP_MAYMOVE);  // the same pages again
    if (there == MAP_FAILED || there == words) _exit(2);
    _exit(syscall(SYS_futex, &there[0], FUTEX_WAIT_REQUEUE_PI, 5, NULL, &there[1], 0) == 0 && (there[1] & FUTEX_TID_MASK) == self() &&
                  syscall(SYS_futex, &there[1], FUTEX_UNLOCK_PI, 0, NULL, NULL, 0) == 0
              ? 0
              : 1);
  }
  CHECK(wait_for_state(child, 'S'));
  CHECK(syscall(SYS_futex, &words[0], FUTEX_CMP_REQUEUE_PI, 1, (void *)0, &words[1], 5) == 1);
  int status;
  CHECK(waitpid(child, &status, 0) == child && ended_with(status, 0));
}

// --- futex_waitv

struct waitv {
  uint64_t value, address;
  uint32_t flags, reserved;
};
enum { kWaitv = 449, kWord = 2, kPrivate = 128 };
static volatile uint32_t words[128];
static struct waitv entries[129];

static long wait_any(unsigned count, unsigned flags, const struct timespec *until, clockid_t clock) {
  return syscall(kWaitv, entries, count, flags, until, clock);
}
static void fill(unsigned count, uint32_t flags) {
  for (unsigned at = 0; at < count; ++at) {
    const struct waitv entry = {words[at], (uintptr_t)&words[at], flags, 0};
    entries[at] = entry;
  }
}

static void several_errors(void) {
  fill(128, kWord | kPrivate);
  struct timespec until = in_ms(CLOCK_MONOTONIC, 20);
  const long outcome = wait_any(1, 0, &until, CLOCK_MONOTONIC);
  SKIP_UNLESS_THERE(outcome);
  CHECK(outcome == -1 && errno == ETIMEDOUT);
  until = in_ms(CLOCK_REALTIME, 20);
  CHECK_ERRNO(ETIMEDOUT, wait_any(128, 0, &until, CLOCK_REALTIME));
  CHECK_ERRNO(EINVAL, wait_any(0, 0, NULL, 0));
  CHECK_ERRNO(EINVAL, wait_any(129, 0, NULL, 0));
  CHECK_ERRNO(EINVAL, wait_any(1, 1, NULL, 0));
  CHECK_ERRNO(EINVAL, wait_any(1, 0, &until, CLOCK_BOOTTIME));
  CHECK_ERRNO(EINVAL, syscall(kWaitv, NULL, 1, 0, NULL, 0));
  CHECK_ERRNO(EFAULT, syscall(kWaitv, (void *)16, 1, 0, NULL, 0));
  words[3] = 1;
  CHECK_ERRNO(EAGAIN, wait_any(5, 0, NULL, 0));
  fill(5, kWord | kPrivate);
  entries[4].reserved = 1;
  CHECK_ERRNO(EINVAL, wait_any(5, 0, NULL, 0));
  fill(5, kPrivate);  // no size
  CHECK_ERRNO(EINVAL, wait_any(5, 0, NULL, 0));
  fill(5, kWord | 64);
  CHECK_ERRNO(EINVAL, wait_any(5, 0, NULL, 0));
  fill(5, kWord);
  entries[2].address += 1;
  CHECK_ERRNO(EINVAL, wait_any(5, 0, NULL, 0));
  entries[2].address = 4096;
  CHECK_ERRNO(EFAULT, wait_any(5, 0, NULL, 0));
}

static void *wait_several(void *woken) {
  waiter_ids[0] = (pid_t)self();
  __atomic_add_fetch(&waiting, 1, __ATOMIC_SEQ_CST);
  *(long *)woken = wait_any(100, 0, NULL, 0);
  return NULL;
}

static void several(void) {
  fill(100, kWord | kPrivate);
  long woken = -2;
  pthread_t thread;
  CHECK(pthread_create(&thread, NULL, wait_several, &woken) == 0);
  await_sleepers(1);
  CHECK(futex(&words[120], FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0) == 0);
  CHECK(futex(&words[77], FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0) == 1);
  CHECK(pthread_join(thread, NULL) == 0 && (woken == 77 || (woken == -1 && errno == ENOSYS)));
  CHECK(futex(&words[5], FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0) == 0);  // nobody is left in the queues
}

static void nothing(int number) { (void)number; }
static void several_interrupted(void) {
  fill(3, kWord);
  struct sigaction action;
  memset(&action, 0, sizeof(action));
  action.sa_handler = nothing;
  CHECK(sigaction(SIGALRM, &action, NULL) == 0);
  alarm(1);
  CHECK_ERRNO(EINTR, wait_any(3, 0, NULL, 0));
}

static const struct test tests[] = {
    {"requeue_errors", requeue_errors},
    {"handed_over", handed_over},
    {"taken_for_the_first", taken_for_the_first},
    {"late_behind_the_requeue", late_behind_the_requeue},
    {"not_for_plain_waiters", not_for_plain_waiters},
    {"between_processes", between_processes},
    {"several_errors", several_errors},
    {"several", several},
    {"several_interrupted", several_interrupted},
};
SUITE(futex_suite, "futex", tests);
