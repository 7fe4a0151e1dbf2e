// SPDX-License-Identifier: Apache-2.0
// System V shared memory.
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

#include "test.h"

static char *const kNowhere = (char *)-1;

static int segment(size_t bytes, int mode) {
  const int id = shmget(IPC_PRIVATE, bytes, mode);
  SKIP_UNLESS_THERE(id);
  CHECK(id >= 0);
  return id;
}
static void removed(int id) { CHECK(shmctl(id, IPC_RMID, NULL) == 0); }
static unsigned long attached(int id) {
  struct shmid_ds status;
  CHECK(shmctl(id, IPC_STAT, &status) == 0);
  return status.shm_nattch;
}

static void shared(void) {
  const int id = segment(10000, 0600);
  char *const one = shmat(id, NULL, 0), *const two = shmat(id, NULL, 0);
  CHECK(one != kNowhere && two != kNowhere && one != two && one[0] == 0 && one[9999] == 0 && attached(id) == 2);
  strcpy(one, "text");
  CHECK(strcmp(two, "text") == 0);
  const pid_t child = fork();
  if (child == 0) {
    CHECK(attached(id) == 4 && strcmp(one, "text") == 0 && shmdt(two) == 0 && attached(id) == 3);
    strcpy(one + 8192, "child");
    _exit(0);
  }
  int status;
  CHECK(waitpid(child, &status, 0) == child && ended_with(status, 0) && strcmp(two + 8192, "child") == 0);
  CHECK(attached(id) == 2 && shmdt(one) == 0 && attached(id) == 1);
  CHECK_ERRNO(EINVAL, shmdt(one));
  removed(id);
}

static void removal(void) {
  const int id = segment(4096, 0600);
  char *const at = shmat(id, NULL, 0);
  struct shmid_ds status;
  strcpy(at, "still");
  removed(id);
  CHECK(shmctl(id, IPC_STAT, &status) == 0 && (status.shm_perm.mode & 01000) != 0 && status.shm_nattch == 1);
  CHECK(strcmp(at, "still") == 0 && shmdt(at) == 0);
  CHECK_ERRNO(EINVAL, shmctl(id, IPC_STAT, &status));
  CHECK_ERRNO(EINVAL, shmctl(id, IPC_RMID, NULL));
  CHECK(shmat(id, NULL, 0) == kNowhere && errno == EINVAL);
  // The end of a process detaches.
  const int other = segment(4096, 0600);
  const pid_t child = fork();
  if (child == 0) {
    CHECK(shmat(other, NULL, 0) != kNowhere);
    _exit(0);
  }
  CHECK(waitpid(child, NULL, 0) == child && attached(other) == 0);
  removed(other);
}

static void keys(void) {
  const key_t key = 0x7e550000 | (getpid() & 0xffff);
  const int id = shmget(key, 5000, IPC_CREAT | IPC_EXCL | 0600);
  CHECK(id >= 0 && shmget(key, 5000, 0) == id && shmget(key, 100, IPC_CREAT | 0600) == id && shmget(key, 0, 0) == id);
  CHECK_ERRNO(EEXIST, shmget(key, 5000, IPC_CREAT | IPC_EXCL | 0600));
  CHECK_ERRNO(EINVAL, shmget(key, 5001, 0));
  removed(id);
  CHECK_ERRNO(ENOENT, shmget(key, 5000, 0));
  CHECK_ERRNO(EINVAL, shmget(IPC_PRIVATE, 0, 0600));
  CHECK_ERRNO(EINVAL, shmget(key, 0, IPC_CREAT | 0600));
  CHECK_ERRNO(EINVAL, shmget(IPC_PRIVATE, SIZE_MAX, 0600));
}

static void status(void) {
  const int id = segment(5000, 0640);
  struct shmid_ds told;
  CHECK(shmctl(id, IPC_STAT, &told) == 0 && told.shm_segsz == 5000 && told.shm_perm.mode == 0640 && told.shm_cpid == getpid());
  CHECK(told.shm_lpid == 0 && told.shm_atime == 0 && told.shm_dtime == 0 && told.shm_ctime != 0 && told.shm_nattch == 0);
  char *const at = shmat(id, NULL, 0);
  CHECK(shmctl(id, IPC_STAT, &told) == 0 && told.shm_lpid == getpid() && told.shm_atime != 0 && told.shm_dtime == 0);
  CHECK(shmdt(at) == 0 && shmctl(id, IPC_STAT, &told) == 0 && told.shm_dtime != 0);
  told.shm_perm.mode = 0604, told.shm_perm.uid = 77;
  CHECK(shmctl(id, IPC_SET, &told) == 0 && shmctl(id, IPC_STAT, &told) == 0);
  CHECK(told.shm_perm.mode == 0604 && told.shm_perm.uid == 77 && told.shm_perm.cuid == 0);
  CHECK_ERRNO(EFAULT, shmctl(id, IPC_STAT, (struct shmid_ds *)8));
  CHECK_ERRNO(EINVAL, shmctl(id, 100, &told));
  CHECK_ERRNO(EINVAL, shmctl(-1, IPC_STAT, &told));
  removed(id);
}

static void places(void) {
  const int id = segment(8192, 0600);
  char *const room = mmap(NULL, 65536, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CHECK(room != MAP_FAILED && munmap(room, 65536) == 0);
  CHECK(shmat(id, room, 0) == room && shmdt(room) == 0);
  CHECK(shmat(id, room + 100, 0) == kNowhere && errno == EINVAL);
  CHECK(shmat(id, room + 100, SHM_RND) == room);
  CHECK(shmat(id, room + 4096, 0) == kNowhere && errno == EINVAL);
  CHECK(shmat(id, NULL, SHM_REMAP) == kNowhere && errno == EINVAL);
  CHECK(shmat(id, room + 4096, SHM_REMAP) == room + 4096);
  strcpy(room, "first");
  CHECK(strcmp(room + 4096, "first") == 0 && shmdt(room + 4096) == 0 && strcmp(room, "first") == 0 && shmdt(room) == 0);
  CHECK_ERRNO(EINVAL, shmdt(room + 1));
  removed(id);
}

static void write_to(char *at) { *(volatile char *)at = 1; }
static char *target;
static void write_target(void) { write_to(target); }

static void read_only(void) {
  const int id = segment(4096, 0600);
  target = shmat(id, NULL, SHM_RDONLY);
  CHECK(target != kNowhere && *target == 0 && died_of(child_status(write_target), SIGSEGV));
  CHECK_ERRNO(EACCES, mprotect(target, 4096, PROT_READ | PROT_WRITE));
  removed(id);
}

static int foreign;
static void as_other(void) {
  struct shmid_ds told;
  CHECK(setgid(1234) == 0 && setuid(1234) == 0);
  CHECK(shmat(foreign, NULL, 0) == kNowhere && errno == EACCES);
  CHECK(shmat(foreign, NULL, SHM_RDONLY) != kNowhere && shmctl(foreign, IPC_STAT, &told) == 0);
  CHECK_ERRNO(EPERM, shmctl(foreign, IPC_RMID, NULL));
  CHECK_ERRNO(EPERM, shmctl(foreign, IPC_SET, &told));
}
static void rights(void) {
  foreign = segment(4096, 0644);
  CHECK(ended_with(child_status(as_other), 0));
  removed(foreign);
}

static const struct test tests[] = {
    {"shared", shared}, {"removal", removal},     {"keys", keys},     {"status", status},
    {"places", places}, {"read_only", read_only}, {"rights", rights},
};
SUITE(sysv_suite, "sysv", tests);
