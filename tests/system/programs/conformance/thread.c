// SPDX-License-Identifier: Apache-2.0
// Threads and futexes, by pthreads and by the calls below them.
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "test.h"

enum { FUTEX_WAIT = 0, FUTEX_WAKE = 1 };

static long futex(volatile uint32_t *word, int operation, uint32_t value, const struct timespec *time) {
  return syscall(SYS_futex, word, operation, value, time, NULL, 0);
}

static int counter;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;

static void *add_many(void *argument) {
  for (int i = 0; i < 20000; ++i) {
    pthread_mutex_lock(&mutex);
    ++counter;
    pthread_mutex_unlock(&mutex);
  }
  return argument;
}

static void start_and_join(void) {
  pthread_t threads[8];
  for (intptr_t i = 0; i < 8; ++i) CHECK(pthread_create(&threads[i], NULL, add_many, (void *)i) == 0);
  for (intptr_t i = 0; i < 8; ++i) {
    void *result;
    CHECK(pthread_join(threads[i], &result) == 0 && (intptr_t)result == i);
  }
  CHECK(counter == 160000);
}

static void *take_turns(void *argument) {
  const int mine = *(int *)argument;
  for (int i = 0; i < 500; ++i) {
    pthread_mutex_lock(&mutex);
    while (counter % 3 != mine) pthread_cond_wait(&changed, &mutex);
    ++counter;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&mutex);
  }
  return NULL;
}

static void condition_variables(void) {
  pthread_t threads[3];
  int numbers[3] = {0, 1, 2};
  for (int i = 0; i < 3; ++i) CHECK(pthread_create(&threads[i], NULL, take_turns, &numbers[i]) == 0);
  for (int i = 0; i < 3; ++i) CHECK(pthread_join(threads[i], NULL) == 0);
  CHECK(counter == 1500);
}

static void futex_values(void) {
  static volatile uint32_t word = 5;
  CHECK_ERRNO(EAGAIN, futex(&word, FUTEX_WAIT, 4, NULL));
  const struct timespec little = {0, 30000000}, wrong = {0, 2000000000};
  const long long start = now_us();
  CHECK_ERRNO(ETIMEDOUT, futex(&word, FUTEX_WAIT, 5, &little));
  CHECK(now_us() - start >= 29000);
  CHECK_ERRNO(EINVAL, futex(&word, FUTEX_WAIT, 5, &wrong));
  CHECK(futex(&word, FUTEX_WAKE, 1, NULL) == 0);
  CHECK_ERRNO(EINVAL, futex((volatile uint32_t *)((uintptr_t)&word + 1), FUTEX_WAIT, 5, NULL));
  CHECK_ERRNO(EFAULT, futex((volatile uint32_t *)0x1000, FUTEX_WAIT, 5, NULL));
  CHECK_ERRNO(ENOSYS, futex(&word, 99, 5, NULL));
}

static void futex_between_processes(void) {
  volatile uint32_t *word = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  const pid_t child = fork();
  if (child == 0) {
    while (word[0] == 0) futex(&word[0], FUTEX_WAIT, 0, NULL);
    word[1] = 1;
    futex(&word[1], FUTEX_WAKE, 1, NULL);
    _exit(0);
  }
  CHECK(wait_for_state(child, 'S'));
  word[0] = 1;
  CHECK(futex(&word[0], FUTEX_WAKE, 1, NULL) == 1);
  while (word[1] == 0) futex(&word[1], FUTEX_WAIT, 0, NULL);
  int status;
  CHECK(waitpid(child, &status, 0) == child && ended_with(status, 0));
}

static void futex_on_a_file(void) {
  const int file = open("f", O_RDWR | O_CREAT, 0600);
  CHECK(ftruncate(file, 8192) == 0);
  volatile uint32_t *here = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 4096);
  const pid_t child = fork();
  if (child == 0) {
    volatile uint32_t *there = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    while (there[1024] == 0) futex(&there[1024], FUTEX_WAIT, 0, NULL);
    _exit(0);
  }
  CHECK(wait_for_state(child, 'S'));
  *here = 1;
  CHECK(futex(here, FUTEX_WAKE, 10, NULL) == 1);
  CHECK(wait(NULL) == child);
}

static sem_t *ping, *pong;
static void semaphores(void) {
  ping = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  pong = ping + 1;
  CHECK(sem_init(ping, 1, 0) == 0 && sem_init(pong, 1, 0) == 0);
  if (fork() == 0) {
    for (int i = 0; i < 500; ++i) CHECK(sem_wait(ping) == 0 && sem_post(pong) == 0);
    _exit(0);
  }
  for (int i = 0; i < 500; ++i) CHECK(sem_post(ping) == 0 && sem_wait(pong) == 0);
  int status;
  CHECK(wait(&status) > 0 && ended_with(status, 0));
}

static _Thread_local int mine;
static void *own_variable(void *argument) {
  mine = (int)(intptr_t)argument;
  sleep_ms(20);
  return (void *)(intptr_t)mine;
}

static void thread_variables(void) {
  pthread_t threads[4];
  mine = 77;
  for (intptr_t i = 0; i < 4; ++i) CHECK(pthread_create(&threads[i], NULL, own_variable, (void *)i) == 0);
  for (intptr_t i = 0; i < 4; ++i) {
    void *result;
    CHECK(pthread_join(threads[i], &result) == 0 && (intptr_t)result == i);
  }
  CHECK(mine == 77);
}

static void *note_ids(void *argument) {
  pid_t *ids = argument;
  ids[0] = getpid();
  ids[1] = (pid_t)syscall(SYS_gettid);
  return NULL;
}

static void identities(void) {
  pthread_t thread;
  pid_t ids[2];
  CHECK(syscall(SYS_gettid) == getpid() && pthread_create(&thread, NULL, note_ids, ids) == 0 && pthread_join(thread, NULL) == 0);
  CHECK(ids[0] == getpid() && ids[1] != getpid());
}

static void *exit_all(void *argument) {
  (void)argument;
  sleep_ms(20);
  _exit(33);
}
static void thread_ends_process(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, exit_all, NULL);
  for (;;) pause();
}
static void *fault(void *argument) {
  (void)argument;
  *(volatile char *)8 = 1;
  return NULL;
}
static void thread_faults(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, fault, NULL);
  for (;;) pause();
}
static void *last_one(void *argument) {
  (void)argument;
  sleep_ms(50);
  _exit(44);
}
static void leader_leaves(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, last_one, NULL);
  syscall(SYS_exit, 1);
}
static void *become_true(void *argument) {
  (void)argument;
  execl("/bin/sh", "sh", "-c", "exit 21", NULL);
  return NULL;
}
static void thread_execs(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, become_true, NULL);
  for (;;) pause();
}

static void whole_process(void) {
  CHECK(ended_with(child_status(thread_ends_process), 33));
  CHECK(died_of(child_status(thread_faults), SIGSEGV));
  CHECK(ended_with(child_status(leader_leaves), 44));
  CHECK(ended_with(child_status(thread_execs), 21));
}

static volatile pid_t handled_by;
static void note_thread(int signal) {
  (void)signal;
  handled_by = (pid_t)syscall(SYS_gettid);
}
static void *wait_in_thread(void *argument) {
  *(volatile pid_t *)argument = (pid_t)syscall(SYS_gettid);
  while (handled_by == 0) sleep_ms(1);
  return NULL;
}

static void signal_to_thread(void) {
  static volatile pid_t id;
  signal(SIGUSR1, note_thread);
  pthread_t thread;
  CHECK(pthread_create(&thread, NULL, wait_in_thread, (void *)(uintptr_t)&id) == 0);
  while (id == 0) sleep_ms(1);
  CHECK(syscall(SYS_tgkill, getpid(), id, SIGUSR1) == 0 && pthread_join(thread, NULL) == 0 && handled_by == id);
  CHECK_ERRNO(ESRCH, syscall(SYS_tgkill, getpid(), 999999, SIGUSR1));
  CHECK_ERRNO(EINVAL, syscall(SYS_tgkill, -1, 1, SIGUSR1));
}

static void *blocked_there(void *argument) {
  *(volatile int *)argument = 1;
  for (int i = 0; i < 1000 && handled_by == 0; ++i) sleep_ms(1);
  return NULL;
}

static void signal_to_process(void) {  // goes to a thread that does not block it
  static volatile int runs;
  signal(SIGUSR2, note_thread);
  pthread_t thread;
  CHECK(pthread_create(&thread, NULL, blocked_there, (void *)(uintptr_t)&runs) == 0);
  while (!runs) sleep_ms(1);
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR2);
  CHECK(pthread_sigmask(SIG_BLOCK, &set, NULL) == 0 && kill(getpid(), SIGUSR2) == 0);
  CHECK(pthread_join(thread, NULL) == 0 && handled_by != 0 && handled_by != getpid());
}

static void *fork_here(void *argument) {
  const pid_t child = fork();
  if (child == 0) _exit(syscall(SYS_gettid) == getpid() ? 5 : 6);
  int status;
  *(int *)argument = waitpid(child, &status, 0) == child && ended_with(status, 5);
  return NULL;
}

static void fork_in_thread(void) {
  pthread_t thread;
  int good = 0;
  CHECK(pthread_create(&thread, NULL, fork_here, &good) == 0 && pthread_join(thread, NULL) == 0 && good);
}

static void many_threads(void) {
  for (int round = 0; round < 5; ++round) {
    pthread_t threads[50];
    for (intptr_t i = 0; i < 50; ++i) CHECK(pthread_create(&threads[i], NULL, own_variable, (void *)i) == 0);
    for (int i = 0; i < 50; ++i) CHECK(pthread_join(threads[i], NULL) == 0);
  }
}

enum { kThousand = 1000 };
static pthread_barrier_t all_there;
static int arrived;

static void *meet(void *argument) {
  __atomic_fetch_add(&arrived, 1, __ATOMIC_RELAXED);
  const int answer = pthread_barrier_wait(&all_there);
  CHECK(answer == 0 || answer == PTHREAD_BARRIER_SERIAL_THREAD);
  CHECK(__atomic_load_n(&arrived, __ATOMIC_RELAXED) == kThousand);  // nobody leaves before the last came
  return argument;
}

static void thousand_threads(void) {
  static pthread_t threads[kThousand];
  CHECK(pthread_barrier_init(&all_there, NULL, kThousand) == 0);
  for (intptr_t i = 0; i < kThousand; ++i) CHECK(pthread_create(&threads[i], NULL, meet, (void *)i) == 0);
  for (intptr_t i = 0; i < kThousand; ++i) {
    void *answer = NULL;
    CHECK(pthread_join(threads[i], &answer) == 0 && answer == (void *)i);
  }
}

// One more than RLIMIT_NPROC allows, and again when one has ended. Root has no such limit.
static void *sleep_until_told(void *argument) {
  const sem_t *const *two = argument;
  CHECK(sem_post((sem_t *)two[0]) == 0 && sem_wait((sem_t *)two[1]) == 0);
  return NULL;
}

static void too_many_threads(void) {
  enum { kAllowed = 8, kUser = 54321 };  // a user who has nothing else
  const struct rlimit few = {kAllowed, kAllowed};
  CHECK(setrlimit(RLIMIT_NPROC, &few) == 0);
  if (setresuid(kUser, kUser, kUser) != 0) test_skipped("users beside this one");
  sem_t running, leave;
  sem_t *two[] = {&running, &leave};
  CHECK(sem_init(&running, 0, 0) == 0 && sem_init(&leave, 0, 0) == 0);
  pthread_t threads[kAllowed];
  for (int i = 0; i < kAllowed - 1; ++i) CHECK(pthread_create(&threads[i], NULL, sleep_until_told, two) == 0);
  for (int i = 0; i < kAllowed - 1; ++i) CHECK(sem_wait(&running) == 0);
  CHECK(pthread_create(&threads[kAllowed - 1], NULL, sleep_until_told, two) == EAGAIN);
  CHECK_ERRNO(EAGAIN, fork());
  CHECK_ERRNO(EAGAIN, vfork());
  for (int i = 0; i < kAllowed - 1; ++i) CHECK(sem_post(&leave) == 0);
  for (int i = 0; i < kAllowed - 1; ++i) CHECK(pthread_join(threads[i], NULL) == 0);
  // What joins a thread may come before the thread is no longer counted.
  pid_t child = -1;
  for (int tries = 0; tries < 200 && (child = fork()) < 0; ++tries) sleep_ms(10);
  if (child == 0) _exit(5);
  int status;
  CHECK(waitpid(child, &status, 0) == child && ended_with(status, 5));
}

static void *hold_and_die(void *argument) {
  pthread_mutex_lock(argument);
  return NULL;
}

static void robust_mutex(void) {
  pthread_mutex_t robust;
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  CHECK(pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST) == 0 && pthread_mutex_init(&robust, &attributes) == 0);
  pthread_t thread;
  CHECK(pthread_create(&thread, NULL, hold_and_die, &robust) == 0 && pthread_join(thread, NULL) == 0);
  CHECK(pthread_mutex_lock(&robust) == EOWNERDEAD && pthread_mutex_consistent(&robust) == 0 && pthread_mutex_unlock(&robust) == 0);
}

enum { FUTEX_LOCK_PI = 6, FUTEX_UNLOCK_PI = 7, FUTEX_TRYLOCK_PI = 8 };
#define FUTEX_WAITERS 0x80000000u
#define FUTEX_TID_MASK 0x3fffffffu
static volatile uint32_t owned;
static int owned_order, owned_result[3];
static void *lock_owned(void *number) {
  const long at = (long)number;
  CHECK(futex(&owned, FUTEX_LOCK_PI, 0, NULL) == 0 && (owned & FUTEX_TID_MASK) == (uint32_t)syscall(SYS_gettid));
  owned_result[at] = ++owned_order;
  CHECK(futex(&owned, FUTEX_UNLOCK_PI, 0, NULL) == 0);
  return NULL;
}
static void owned_futex(void) {
  const uint32_t self = (uint32_t)syscall(SYS_gettid);
  CHECK_ERRNO(EPERM, futex(&owned, FUTEX_UNLOCK_PI, 0, NULL));
  CHECK(futex(&owned, FUTEX_LOCK_PI, 0, NULL) == 0 && owned == self);
  CHECK_ERRNO(EDEADLK, futex(&owned, FUTEX_LOCK_PI, 0, NULL));
  CHECK_ERRNO(EDEADLK, futex(&owned, FUTEX_TRYLOCK_PI, 0, NULL));
  pthread_t threads[3];
  for (long at = 0; at < 3; ++at) {
    CHECK(pthread_create(&threads[at], NULL, lock_owned, (void *)at) == 0);
    while ((owned & FUTEX_WAITERS) == 0) sleep_ms(1);
    sleep_ms(20);
  }
  CHECK(owned == (self | FUTEX_WAITERS) && owned_order == 0);
  CHECK(futex(&owned, FUTEX_UNLOCK_PI, 0, NULL) == 0);
  for (int at = 0; at < 3; ++at) CHECK(pthread_join(threads[at], NULL) == 0);
  CHECK(owned == 0 && owned_order == 3);
  owned = 0x3ffffff0;  // nobody
  CHECK_ERRNO(ESRCH, futex(&owned, FUTEX_LOCK_PI, 0, NULL));
  CHECK_ERRNO(EINVAL, futex((volatile uint32_t *)((uintptr_t)&owned + 1), FUTEX_LOCK_PI, 0, NULL));
}

static void *lock_timed(void *unused) {
  struct timespec end;
  (void)unused;
  CHECK(clock_gettime(CLOCK_REALTIME, &end) == 0);
  end.tv_nsec += 20000000;
  if (end.tv_nsec >= 1000000000) end.tv_nsec -= 1000000000, ++end.tv_sec;
  CHECK_ERRNO(ETIMEDOUT, futex(&owned, FUTEX_LOCK_PI, 0, &end));
  CHECK_ERRNO(EAGAIN, futex(&owned, FUTEX_TRYLOCK_PI, 0, NULL));
  return NULL;
}
static void owned_futex_in_time(void) {
  pthread_t thread;
  owned = 0;
  CHECK(futex(&owned, FUTEX_LOCK_PI, 0, NULL) == 0);
  CHECK(pthread_create(&thread, NULL, lock_timed, NULL) == 0 && pthread_join(thread, NULL) == 0);
  CHECK(futex(&owned, FUTEX_UNLOCK_PI, 0, NULL) == 0 && owned == 0);
}

static const struct test tests[] = {
    {"owned_futex", owned_futex}, {"owned_futex_in_time", owned_futex_in_time}, {"start_and_join", start_and_join}, {"condition_variables", condition_variables}, {"futex_values", futex_values},
    {"futex_between_processes", futex_between_processes}, {"futex_on_a_file", futex_on_a_file}, {"semaphores", semaphores},
    {"thread_variables", thread_variables}, {"identities", identities}, {"whole_process", whole_process},
    {"signal_to_thread", signal_to_thread}, {"signal_to_process", signal_to_process}, {"fork_in_thread", fork_in_thread},
    {"many_threads", many_threads}, {"thousand_threads", thousand_threads}, {"too_many_threads", too_many_threads}, {"robust_mutex", robust_mutex},
};
SUITE(thread_suite, "thread", tests);
