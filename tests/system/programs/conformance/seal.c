// SPDX-License-Identifier: Apache-2.0
// memfd_create and the seals of its files: what they keep from whom.
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fault_report.h"
#include "maps.h"
#include "test.h"

enum { kPage = 4096 };
enum { kCloseOnExec = 1, kAllowSealing = 2, kNoExecSeal = 8, kExec = 16 };
enum { kSeal = 1, kShrink = 2, kGrow = 4, kWrite = 8, kFutureWrite = 16, kSealExec = 32 };

static int memory_file(const char *name, unsigned flags) { return (int)syscall(SYS_memfd_create, name, flags); }
static int add_seals(int file, int seals) { return fcntl(file, 1033, seals); }
static int seals_of(int file) { return fcntl(file, 1034); }

// A file of two pages that may be sealed.
static int sealable(void) {
  const int file = memory_file("sealed", kAllowSealing);
  SKIP_UNLESS_THERE(file);
  CHECK(file >= 0 && ftruncate(file, 2 * kPage) == 0 && pwrite(file, "text", 4, 0) == 4);
  return file;
}

static unsigned char *map(int file, int protection, int flags) {
  unsigned char *memory = mmap(NULL, 2 * kPage, protection, flags, file, 0);
  CHECK(memory != MAP_FAILED);
  return memory;
}

static void flags_of_creation(void) {
  char name[300];
  memset(name, 'n', sizeof(name));
  name[249] = 0;
  int file = memory_file(name, 0);
  CHECK(file >= 0 && (fcntl(file, F_GETFD) & FD_CLOEXEC) == 0 && (fcntl(file, F_GETFL) & O_ACCMODE) == O_RDWR);
  name[249] = 'n';
  name[250] = 0;
  CHECK_ERRNO(EINVAL, memory_file(name, 0));
  CHECK_ERRNO(EFAULT, memory_file((char *)8, 0));
  CHECK_ERRNO(EINVAL, memory_file("x", 0x20));
  CHECK_ERRNO(EINVAL, memory_file("x", kExec | kNoExecSeal));
  file = memory_file("", kCloseOnExec | kExec);
  struct stat status;
  CHECK(file >= 0 && (fcntl(file, F_GETFD) & FD_CLOEXEC) != 0);
  CHECK(fstat(file, &status) == 0 && status.st_size == 0 && (status.st_mode & 07777) == 0777 && status.st_nlink == 0 && S_ISREG(status.st_mode));
  CHECK(seals_of(file) == kSeal && seals_of(memory_file("x", kAllowSealing)) == 0);
  file = memory_file("x", kNoExecSeal);
  CHECK(seals_of(file) == kSealExec && fstat(file, &status) == 0 && (status.st_mode & 07777) == 0666);
  struct map_line line;
  file = memory_file("name", 0);
  CHECK(ftruncate(file, 2 * kPage) == 0 && map_of(map(file, PROT_READ, MAP_SHARED), &line) && strcmp(line.name, "/memfd:name (deleted)") == 0);
}

static void adding(void) {
  const int file = sealable();
  CHECK_ERRNO(EINVAL, add_seals(file, 64));
  CHECK(add_seals(file, 0) == 0 && seals_of(file) == 0);
  CHECK(add_seals(file, kShrink) == 0 && add_seals(file, kGrow) == 0 && seals_of(file) == (kShrink | kGrow));
  CHECK(add_seals(file, kShrink) == 0 && add_seals(file, kSeal) == 0 && seals_of(file) == (kShrink | kGrow | kSeal));
  CHECK_ERRNO(EPERM, add_seals(file, kWrite));
  CHECK_ERRNO(EPERM, add_seals(file, 0));
  const int closed = memory_file("closed", 0);
  CHECK_ERRNO(EPERM, add_seals(closed, kWrite));
  char path[64];
  const int other = sealable();
  snprintf(path, sizeof(path), "/proc/self/fd/%d", other);
  const int reading = open(path, O_RDONLY);
  CHECK(reading >= 0);
  CHECK_ERRNO(EPERM, add_seals(reading, kWrite));
  CHECK(seals_of(reading) == 0 && add_seals(other, kWrite) == 0 && seals_of(reading) == kWrite);
  int ends[2];
  CHECK(pipe(ends) == 0);
  CHECK_ERRNO(EINVAL, add_seals(ends[1], kWrite));
  CHECK_ERRNO(EINVAL, seals_of(ends[0]));
  CHECK_ERRNO(EBADF, seals_of(99));
}

static void length(void) {
  const int file = sealable();
  CHECK(add_seals(file, kShrink) == 0);
  CHECK_ERRNO(EPERM, ftruncate(file, kPage));
  CHECK(ftruncate(file, 2 * kPage) == 0 && ftruncate(file, 3 * kPage) == 0);
  CHECK(fallocate(file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, kPage) == 0);
  CHECK(add_seals(file, kGrow) == 0);
  CHECK_ERRNO(EPERM, ftruncate(file, 4 * kPage));
  CHECK_ERRNO(EPERM, fallocate(file, 0, 0, 4 * kPage));
  CHECK(fallocate(file, 0, 0, 3 * kPage) == 0);
  CHECK_ERRNO(EPERM, pwrite(file, "x", 1, 3 * kPage));
  CHECK(pwrite(file, "x", 1, 3 * kPage - 1) == 1);
  static char bytes[2 * kPage];
  CHECK(pwrite(file, bytes, sizeof(bytes), 2 * kPage) == kPage);  // as far as the file goes
  CHECK(lseek(file, 0, SEEK_END) == 3 * kPage);
  CHECK_ERRNO(EPERM, write(file, "x", 1));
}

static void writing(void) {
  const int file = sealable();
  unsigned char *private = map(file, PROT_READ | PROT_WRITE, MAP_PRIVATE);
  unsigned char *shared = map(file, PROT_READ | PROT_WRITE, MAP_SHARED);
  CHECK_ERRNO(EBUSY, add_seals(file, kWrite));
  CHECK(mprotect(shared, 2 * kPage, PROT_READ) == 0);
  CHECK_ERRNO(EBUSY, add_seals(file, kWrite));  // it could be made writable again
  CHECK(munmap(shared, 2 * kPage) == 0 && add_seals(file, kWrite) == 0);
  CHECK_ERRNO(EPERM, pwrite(file, "x", 1, 0));
  CHECK(pwrite(file, "x", 0, 0) == 0);
  CHECK_ERRNO(EPERM, fallocate(file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, kPage));
  CHECK(mmap(NULL, kPage, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0) == MAP_FAILED && errno == EPERM);
  // Reading and copies stay.
  shared = map(file, PROT_READ, MAP_SHARED);
  CHECK(memcmp(shared, "text", 4) == 0);
  CHECK_ERRNO(EACCES, mprotect(shared, kPage, PROT_READ | PROT_WRITE));
  private[0] = 'T';
  CHECK(memcmp(private, "Text", 4) == 0 && shared[0] == 't');
  unsigned char *later = map(file, PROT_READ | PROT_WRITE, MAP_PRIVATE);
  later[1] = 'E';
  CHECK(shared[1] == 'e');
  CHECK(ftruncate(file, kPage) == 0 && ftruncate(file, 2 * kPage) == 0);  // another seal's matter
  make_file("from", "source");
  const int from = open("from", O_RDONLY);
  CHECK(lseek(file, 0, SEEK_SET) == 0);
  CHECK_ERRNO(EPERM, sendfile(file, from, NULL, 3));
}

// What is mapped in another process counts too.
static void writing_elsewhere(void) {
  const int file = sealable();
  int go[2], ready[2];
  CHECK(pipe(go) == 0 && pipe(ready) == 0);
  const pid_t child = fork();
  if (child == 0) {
    char byte;
    unsigned char *shared = mmap(NULL, kPage, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (shared == MAP_FAILED || write(ready[1], "r", 1) != 1 || read(go[0], &byte, 1) != 1) _exit(1);
    _exit(0);
  }
  char byte;
  CHECK(read(ready[0], &byte, 1) == 1);
  CHECK_ERRNO(EBUSY, add_seals(file, kWrite));
  int status;
  CHECK(write(go[1], "g", 1) == 1 && waitpid(child, &status, 0) == child && ended_with(status, 0));
  CHECK(add_seals(file, kWrite) == 0);
}

static void writing_in_future(void) {
  const int file = sealable();
  unsigned char *shared = map(file, PROT_READ | PROT_WRITE, MAP_SHARED);
  CHECK(add_seals(file, kFutureWrite) == 0 && seals_of(file) == kFutureWrite);
  shared[0] = 'T';  // what was mapped before goes on
  shared[kPage] = 'x';
  CHECK_ERRNO(EPERM, pwrite(file, "x", 1, 0));
  CHECK_ERRNO(EPERM, fallocate(file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, kPage));
  CHECK(mmap(NULL, kPage, PROT_WRITE, MAP_SHARED, file, 0) == MAP_FAILED && errno == EPERM);
  unsigned char *reading = map(file, PROT_READ, MAP_SHARED);
  CHECK(reading[0] == 'T');
  CHECK_ERRNO(EACCES, mprotect(reading, kPage, PROT_READ | PROT_WRITE));
  CHECK_ERRNO(EBUSY, add_seals(file, kWrite));
  CHECK(munmap(shared, 2 * kPage) == 0 && add_seals(file, kWrite) == 0);
}

static void executing(void) {
  int file = sealable();
  CHECK(fchmod(file, 0600) == 0 && add_seals(file, kSealExec) == 0 && seals_of(file) == kSealExec);
  CHECK_ERRNO(EPERM, fchmod(file, 0700));
  CHECK(fchmod(file, 0644) == 0 && pwrite(file, "x", 1, 0) == 1);
  file = sealable();
  CHECK(fchmod(file, 0755) == 0 && add_seals(file, kSealExec) == 0);
  CHECK(seals_of(file) == (kSealExec | kShrink | kGrow | kWrite | kFutureWrite));
  CHECK_ERRNO(EPERM, fchmod(file, 0644));
  CHECK_ERRNO(EPERM, pwrite(file, "x", 1, 0));
}

static void of_a_named_file(void) {
  make_file("f", "text");
  const int file = open("f", O_RDWR);
  // tmpfs: sealed against seals; other file systems know none.
  CHECK(seals_of(file) == kSeal || errno == EINVAL);
  CHECK(add_seals(file, kWrite) == -1 && (errno == EPERM || errno == EINVAL) && pwrite(file, "x", 1, 0) == 1);
}

static const struct test tests[] = {
    {"flags_of_creation", flags_of_creation}, {"adding", adding},
    {"length", length},                       {"writing", writing},
    {"writing_elsewhere", writing_elsewhere}, {"writing_in_future", writing_in_future},
    {"executing", executing},                 {"of_a_named_file", of_a_named_file},
};
SUITE(seal_suite, "seal", tests);
