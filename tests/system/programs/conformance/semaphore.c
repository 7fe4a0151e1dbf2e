// SPDX-License-Identifier: Apache-2.0
// System V semaphores.
#include <signal.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/sem.h>
#include <sys/wait.h>
#include <unistd.h>

#include "test.h"

union semun {
  int val;
  struct semid_ds *buf;
  unsigned short *array;
};

static int set_of(int count) {
  const int id = semget(IPC_PRIVATE, count, 0600);
  SKIP_UNLESS_THERE(id);
  CHECK(id >= 0);
  return id;
}
static void removed(int id) { CHECK(semctl(id, 0, IPC_RMID) == 0); }
static int change(int id, int number, int by, int flags) {
  struct sembuf operation = {(unsigned short)number, (short)by, (short)flags};
  return semop(id, &operation, 1);
}
static int value(int id, int number) { return semctl(id, number, GETVAL); }
static void await_count(int id, int command) {
  for (int round = 0; round < 2000 && semctl(id, 0, command) == 0; ++round) sleep_ms(2);
  CHECK(semctl(id, 0, command) == 1);
}

static void values(void) {
  const int id = set_of(3);
  unsigned short all[3] = {1, 2, 3};
  CHECK(value(id, 0) == 0 && semctl(id, 0, SETALL, (union semun){.array = all}) == 0 && value(id, 2) == 3);
  CHECK(change(id, 1, 5, 0) == 0 && change(id, 2, -3, 0) == 0 && semctl(id, 0, GETALL, (union semun){.array = all}) == 0);
  CHECK(all[0] == 1 && all[1] == 7 && all[2] == 0 && semctl(id, 1, GETPID) == getpid() && change(id, 2, 0, 0) == 0);
  CHECK(semctl(id, 0, SETVAL, (union semun){.val = 32767}) == 0 && value(id, 0) == 32767);
  CHECK_ERRNO(ERANGE, change(id, 0, 1, 0));
  CHECK_ERRNO(ERANGE, semctl(id, 0, SETVAL, (union semun){.val = 32768}));
  CHECK_ERRNO(ERANGE, semctl(id, 0, SETVAL, (union semun){.val = -1}));
  CHECK_ERRNO(EAGAIN, change(id, 2, -1, IPC_NOWAIT));
  CHECK_ERRNO(EAGAIN, change(id, 1, 0, IPC_NOWAIT));
  // All or none.
  struct sembuf both[2] = {{1, -7, 0}, {2, -1, IPC_NOWAIT}};
  CHECK_ERRNO(EAGAIN, semop(id, both, 2));
  CHECK(value(id, 1) == 7);
  removed(id);
  CHECK_ERRNO(EINVAL, value(id, 0));
}

static void errors(void) {
  static struct sembuf many[501];
  const int id = set_of(2);
  CHECK_ERRNO(EINVAL, semget(IPC_PRIVATE, 0, 0600));
  CHECK_ERRNO(EINVAL, semget(IPC_PRIVATE, -1, 0600));
  CHECK_ERRNO(EINVAL, semget(IPC_PRIVATE, 32001, 0600));
  CHECK_ERRNO(EFBIG, change(id, 2, 1, 0));
  CHECK_ERRNO(EINVAL, value(id, 2));
  CHECK_ERRNO(EINVAL, semop(id, many, 0));
  CHECK_ERRNO(E2BIG, semop(id, many, 501));
  CHECK_ERRNO(EFAULT, semop(id, (struct sembuf *)8, 1));
  CHECK_ERRNO(EINVAL, semop(-1, many, 1));
  CHECK_ERRNO(EINVAL, semctl(id, 0, 100));
  const struct timespec wrong = {0, -1}, soon = {0, 1000000};
  CHECK_ERRNO(EINVAL, semtimedop(id, many, 1, &wrong));
  many[0].sem_op = -1;
  CHECK_ERRNO(EAGAIN, semtimedop(id, many, 1, &soon));
  const key_t key = 0x7e560000 | (getpid() & 0xffff);
  CHECK_ERRNO(ENOENT, semget(key, 1, 0));
  const int named = semget(key, 2, IPC_CREAT | IPC_EXCL | 0600);
  CHECK(named >= 0 && semget(key, 0, 0) == named && semget(key, 2, IPC_CREAT | 0600) == named);
  CHECK_ERRNO(EEXIST, semget(key, 2, IPC_CREAT | IPC_EXCL | 0600));
  CHECK_ERRNO(EINVAL, semget(key, 3, 0));
  struct semid_ds told;
  CHECK(semctl(named, 0, IPC_STAT, (union semun){.buf = &told}) == 0 && told.sem_nsems == 2 && told.sem_otime == 0);
  CHECK(told.sem_perm.mode == 0600 && told.sem_ctime != 0);
  removed(named);
  removed(id);
}

static int shared_id;
static void takes(void) { CHECK(change(shared_id, 0, -2, 0) == 0); }

static void waiting(void) {
  shared_id = set_of(1);
  const pid_t child = fork();
  if (child == 0) {
    takes();
    _exit(0);
  }
  int status;
  await_count(shared_id, GETNCNT);
  CHECK(change(shared_id, 0, 1, 0) == 0 && semctl(shared_id, 0, GETNCNT) == 1 && change(shared_id, 0, 2, 0) == 0);
  CHECK(waitpid(child, &status, 0) == child && ended_with(status, 0) && value(shared_id, 0) == 1);
  const pid_t zero = fork();
  if (zero == 0) _exit(change(shared_id, 0, 0, 0) == 0 ? 0 : 1);
  await_count(shared_id, GETZCNT);
  CHECK(change(shared_id, 0, -1, 0) == 0 && waitpid(zero, &status, 0) == zero && ended_with(status, 0));
  removed(shared_id);
}

static void on_signal(int signal) { (void)signal; }

static void interrupted(void) {
  const int id = set_of(1);
  int status;
  const pid_t gone = fork();
  if (gone == 0) _exit(change(id, 0, -1, 0) == -1 && errno == EIDRM ? 0 : 1);
  await_count(id, GETNCNT);
  removed(id);
  CHECK(waitpid(gone, &status, 0) == gone && ended_with(status, 0));
  const int other = set_of(1);
  const pid_t child = fork();
  if (child == 0) {
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    sigaction(SIGUSR1, &action, NULL);
    _exit(change(other, 0, -1, 0) == -1 && errno == EINTR ? 0 : 1);
  }
  await_count(other, GETNCNT);
  CHECK(kill(child, SIGUSR1) == 0 && waitpid(child, &status, 0) == child && ended_with(status, 0));
  CHECK(semctl(other, 0, GETNCNT) == 0);
  removed(other);
}

static void undone(void) {
  const int id = set_of(2);
  int status;
  CHECK(semctl(id, 0, SETVAL, (union semun){.val = 5}) == 0);
  const pid_t child = fork();
  if (child == 0) {
    CHECK(change(id, 0, -3, SEM_UNDO) == 0 && change(id, 1, 4, SEM_UNDO) == 0 && change(id, 1, 2, 0) == 0);
    _exit(value(id, 0) == 2 && value(id, 1) == 6 ? 0 : 1);
  }
  CHECK(waitpid(child, &status, 0) == child && ended_with(status, 0));
  CHECK(value(id, 0) == 5 && value(id, 1) == 2);
  // SETVAL forgets.
  const pid_t other = fork();
  if (other == 0) {
    CHECK(change(id, 0, -3, SEM_UNDO) == 0 && semctl(id, 0, SETVAL, (union semun){.val = 1}) == 0);
    _exit(0);
  }
  CHECK(waitpid(other, &status, 0) == other && ended_with(status, 0) && value(id, 0) == 1);
  removed(id);
}

static int foreign;
static void as_other(void) {
  CHECK(setgid(1234) == 0 && setuid(1234) == 0 && value(foreign, 0) == 0);
  CHECK_ERRNO(EACCES, change(foreign, 0, 1, 0));
  CHECK_ERRNO(EACCES, semctl(foreign, 0, SETVAL, (union semun){.val = 1}));
  CHECK_ERRNO(EPERM, semctl(foreign, 0, IPC_RMID));
}
static void rights(void) {
  foreign = semget(IPC_PRIVATE, 1, 0644);
  SKIP_UNLESS_THERE(foreign);
  CHECK(ended_with(child_status(as_other), 0));
  removed(foreign);
}

static const struct test tests[] = {
    {"values", values},           {"errors", errors}, {"waiting", waiting},
    {"interrupted", interrupted}, {"undone", undone}, {"rights", rights},
};
SUITE(semaphore_suite, "semaphore", tests);
