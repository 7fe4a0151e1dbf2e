// SPDX-License-Identifier: Apache-2.0
// madvise, mlock, mincore, stacks that grow, reservations and the limits of memory.
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fault_report.h"
#include "maps.h"
#include "test.h"

enum { kPage = 4096, kMiB = 1 << 20, kNobody = 65534 };
enum { kPopulateRead = 22, kPopulateWrite = 23, kDontNeedLocked = 24, kLockOnFault = 1 };
#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000
#endif

static unsigned char *map(size_t bytes) {
  unsigned char *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CHECK(memory != MAP_FAILED);
  return memory;
}

// An area that no other touches: between two pages without rights.
static unsigned char *map_alone(size_t bytes) {
  unsigned char *memory = mmap(NULL, bytes + 2 * kPage, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CHECK(memory != MAP_FAILED && mprotect(memory + kPage, bytes, PROT_READ | PROT_WRITE) == 0);
  return memory + kPage;
}

// A user for whom limits hold.
static void become_nobody(void) { CHECK(setresuid(kNobody, kNobody, kNobody) == 0); }
static void limit(int resource, rlim_t bytes) {
  const struct rlimit wanted = {bytes, bytes};
  CHECK(setrlimit((__typeof__(RLIMIT_AS))resource, &wanted) == 0);
}
static int refused(void *address, int error) { return address == MAP_FAILED && errno == error; }

static void bad_advice(void) {
  unsigned char *memory = map(2 * kPage);
  CHECK_ERRNO(EINVAL, madvise(memory, kPage, 7));
  CHECK_ERRNO(EINVAL, madvise(memory, kPage, 999));
  CHECK_ERRNO(EINVAL, madvise(memory, 0, 999));
  CHECK_ERRNO(EINVAL, madvise(memory, kPage, -1));
  CHECK_ERRNO(EINVAL, madvise(memory + 1, kPage, MADV_NORMAL));
  CHECK_ERRNO(EINVAL, madvise(memory, SIZE_MAX - kPage, MADV_NORMAL));
  CHECK(madvise(memory, 0, MADV_DONTNEED) == 0 && madvise(memory, 1, MADV_NORMAL) == 0);
  CHECK(madvise(memory, kPage, MADV_RANDOM) == 0 && madvise(memory, kPage, MADV_SEQUENTIAL) == 0);
  CHECK(madvise(memory, kPage, MADV_WILLNEED) == 0 || errno == EBADF);  // no file to read ahead of
  // What lies behind a hole is advised as well, and then told.
  unsigned char *three = map(3 * kPage);
  memset(three, 1, 3 * kPage);
  CHECK(munmap(three + kPage, kPage) == 0);
  CHECK_ERRNO(ENOMEM, madvise(three, 3 * kPage, MADV_DONTNEED));
  CHECK(three[0] == 0 && three[2 * kPage] == 0);
}

static void freed(void) {
  unsigned char *memory = map(4 * kPage);
  memset(memory, 1, 4 * kPage);
  CHECK(madvise(memory, 2 * kPage, MADV_FREE) == 0);
  CHECK((memory[0] == 0 || memory[0] == 1) && memory[2 * kPage] == 1);
  memory[0] = 5;
  CHECK(memory[0] == 5);
  CHECK(madvise(memory, 4 * kPage, MADV_COLD) == 0 && madvise(memory, 4 * kPage, MADV_PAGEOUT) == 0 && memory[3 * kPage] == 1);
}

static void not_inherited(void) {
  unsigned char *memory = map_alone(3 * kPage);
  memset(memory, 1, 3 * kPage);
  CHECK(madvise(memory + kPage, kPage, MADV_DONTFORK) == 0 && smaps_flag(memory + kPage, "dc") == 1 && smaps_flag(memory, "dc") == 0);
  const pid_t child = fork();
  if (child == 0) _exit(memory[0] == 1 && memory[2 * kPage] == 1 && faults_with(memory + kPage, kTouchRead, SIGSEGV, SEGV_MAPERR) ? 0 : 1);
  int status;
  CHECK(waitpid(child, &status, 0) == child && ended_with(status, 0) && memory[kPage] == 1);
  CHECK(madvise(memory, 3 * kPage, MADV_DOFORK) == 0);
  const pid_t second = fork();
  if (second == 0) _exit(memory[kPage] == 1 ? 0 : 1);
  CHECK(waitpid(second, &status, 0) == second && ended_with(status, 0));
}

static void wiped(void) {
  unsigned char *memory = map_alone(3 * kPage);
  memset(memory, 1, 3 * kPage);
  CHECK(madvise(memory + kPage, kPage, MADV_WIPEONFORK) == 0 && smaps_flag(memory + kPage, "wf") == 1);
  const pid_t child = fork();
  if (child == 0) {
    if (memory[0] != 1 || memory[kPage] != 0 || memory[2 * kPage] != 1) _exit(1);
    memory[kPage] = 2;
    const pid_t grandchild = fork();  // the property is inherited
    if (grandchild == 0) _exit(memory[kPage] == 0 ? 0 : 2);
    int status;
    _exit(waitpid(grandchild, &status, 0) == grandchild && ended_with(status, 0) && memory[kPage] == 2 ? 0 : 3);
  }
  int status;
  CHECK(waitpid(child, &status, 0) == child && ended_with(status, 0) && memory[kPage] == 1);
  CHECK(madvise(memory + kPage, kPage, MADV_KEEPONFORK) == 0);
  const pid_t second = fork();
  if (second == 0) _exit(memory[kPage] == 1 ? 0 : 1);
  CHECK(waitpid(second, &status, 0) == second && ended_with(status, 0));
  unsigned char *shared = mmap(NULL, kPage, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  CHECK_ERRNO(EINVAL, madvise(shared, kPage, MADV_WIPEONFORK));
}

static void populated(void) {
  unsigned char *memory = map(8 * kPage);
  unsigned char there[8];
  CHECK(madvise(memory, 2 * kPage, kPopulateWrite) == 0 && madvise(memory + 4 * kPage, 2 * kPage, kPopulateRead) == 0);
  CHECK(mincore(memory, 8 * kPage, there) == 0);
  CHECK((there[0] & there[1] & 1) && (there[4] & there[5] & 1));  // and maybe some around them
  CHECK(mprotect(memory, kPage, PROT_READ) == 0 && madvise(memory, kPage, kPopulateRead) == 0);
  CHECK_ERRNO(EINVAL, madvise(memory, kPage, kPopulateWrite));
  CHECK(mprotect(memory, kPage, PROT_NONE) == 0);
  CHECK_ERRNO(EINVAL, madvise(memory, kPage, kPopulateRead));
  CHECK(munmap(memory + 6 * kPage, kPage) == 0);
  CHECK_ERRNO(ENOMEM, madvise(memory + 5 * kPage, 2 * kPage, kPopulateRead));
  make_file("f", "short");
  const int file = open("f", O_RDWR);
  unsigned char *view = mmap(NULL, 2 * kPage, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  CHECK(madvise(view, kPage, kPopulateWrite) == 0);
  CHECK_ERRNO(EFAULT, madvise(view, 2 * kPage, kPopulateRead));
  unsigned char *all = mmap(NULL, 4 * kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
  CHECK(mincore(all, 4 * kPage, there) == 0 && (there[0] & there[1] & there[2] & there[3] & 1));
  // MAP_POPULATE says nothing of what it cannot bring in.
  CHECK(mmap(NULL, 4 * kPage, PROT_READ, MAP_SHARED | MAP_POPULATE, file, 0) != MAP_FAILED);
}

static void resident(void) {
  unsigned char *memory = map(4 * kPage);
  unsigned char there[4];
  CHECK(mincore(memory, 4 * kPage, there) == 0 && !(there[0] & 1) && !(there[3] & 1));
  memory[kPage] = 1;
  CHECK(mincore(memory, 4 * kPage, there) == 0 && !(there[0] & 1) && (there[1] & 1) && !(there[2] & 1));
  CHECK_ERRNO(EINVAL, mincore(memory + 1, kPage, there));
  CHECK_ERRNO(EFAULT, mincore(memory, 4 * kPage, NULL));
  CHECK(mincore(memory, 0, there) == 0 && mincore(memory, 1, there) == 0);
  CHECK_ERRNO(ENOMEM, mincore(memory, SIZE_MAX - 2 * kPage, there));
  CHECK(munmap(memory + 2 * kPage, kPage) == 0);
  CHECK_ERRNO(ENOMEM, mincore(memory, 4 * kPage, there));
  // Of a file it is what the cache holds, touched by this process or not.
  const int file = open("f", O_RDWR | O_CREAT, 0644);
  static char bytes[2 * kPage];
  CHECK(write(file, bytes, sizeof(bytes)) == sizeof(bytes) && ftruncate(file, 4 * kPage) == 0);
  unsigned char *view = mmap(NULL, 4 * kPage, PROT_READ, MAP_SHARED, file, 0);
  CHECK(mincore(view, 4 * kPage, there) == 0 && (there[0] & 1) && (there[1] & 1) && !(there[2] & 1) && !(there[3] & 1));
  CHECK(pwrite(file, "x", 1, 3 * kPage) == 1 && mincore(view, 4 * kPage, there) == 0 && !(there[2] & 1) && (there[3] & 1));
}

static void locked(void) {
  unsigned char *memory = map_alone(4 * kPage);
  unsigned char there[4];
  const long before = status_of("VmLck");
  CHECK(before == 0);
  CHECK(mlock(memory + 100, kPage) == 0);  // two pages: the start is rounded down, the end up
  CHECK(status_of("VmLck") == 8 && smaps_flag(memory, "lo") == 1 && smaps_flag(memory + 2 * kPage, "lo") == 0);
  CHECK(mincore(memory, 4 * kPage, there) == 0 && (there[0] & 1) && (there[1] & 1) && !(there[2] & 1));
  CHECK_ERRNO(EINVAL, madvise(memory, kPage, MADV_DONTNEED));
  CHECK_ERRNO(EINVAL, madvise(memory, kPage, MADV_FREE));
  CHECK_ERRNO(EINVAL, madvise(memory, kPage, MADV_COLD));
  memory[0] = 1;
  CHECK(madvise(memory, kPage, kDontNeedLocked) == 0 && memory[0] == 0);
  CHECK(mlock(memory, 4 * kPage) == 0 && status_of("VmLck") == 16 && mlock(memory, kPage) == 0 && status_of("VmLck") == 16);
  CHECK(munlock(memory + kPage, kPage) == 0 && status_of("VmLck") == 12);
  CHECK(madvise(memory + kPage, kPage, MADV_DONTNEED) == 0);
  CHECK(munmap(memory + 3 * kPage, kPage) == 0 && status_of("VmLck") == 8);
  CHECK(mlock(memory, 0) == 0 && munlock(memory, 0) == 0);
  // A child has none of it.
  const pid_t child = fork();
  if (child == 0) _exit(status_of("VmLck") == 0 && madvise(memory, kPage, MADV_DONTNEED) == 0 ? 0 : 1);
  int status;
  CHECK(waitpid(child, &status, 0) == child && ended_with(status, 0) && status_of("VmLck") == 8);
}

static void locked_with_holes(void) {
  unsigned char *memory = map_alone(4 * kPage);
  CHECK(munmap(memory + 2 * kPage, kPage) == 0);
  CHECK_ERRNO(ENOMEM, mlock(memory, 4 * kPage));
  CHECK(status_of("VmLck") == 8);  // what lies before the hole stays locked
  CHECK_ERRNO(ENOMEM, munlock(memory, 4 * kPage));
  CHECK(status_of("VmLck") == 0);
  CHECK_ERRNO(ENOMEM, mlock(memory + 2 * kPage, kPage));
  CHECK_ERRNO(EINVAL, mlock(memory, SIZE_MAX - 2 * kPage));
  unsigned char *none = mmap(NULL, kPage, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CHECK_ERRNO(ENOMEM, mlock(none, kPage));
  make_file("f", "short");
  const int file = open("f", O_RDWR);
  unsigned char *view = mmap(NULL, 2 * kPage, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  CHECK(mlock(view, kPage) == 0);
  CHECK_ERRNO(ENOMEM, mlock(view, 2 * kPage));
}

static void locked_on_fault(void) {
  unsigned char *memory = map_alone(2 * kPage);
  unsigned char there[2];
  CHECK(syscall(SYS_mlock2, memory, 2 * kPage, kLockOnFault) == 0 && status_of("VmLck") == 8);
  CHECK(mincore(memory, 2 * kPage, there) == 0 && !(there[0] & 1) && smaps_flag(memory, "lf") == 1);
  memory[0] = 1;
  CHECK_ERRNO(EINVAL, madvise(memory, kPage, MADV_DONTNEED));
  CHECK(syscall(SYS_mlock2, memory, 2 * kPage, 0) == 0 && mincore(memory, 2 * kPage, there) == 0 && (there[1] & 1));
  CHECK_ERRNO(EINVAL, syscall(SYS_mlock2, memory, kPage, 2));
  unsigned char *made = mmap(NULL, 2 * kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_LOCKED, -1, 0);
  CHECK(made != MAP_FAILED && status_of("VmLck") == 16 && mincore(made, 2 * kPage, there) == 0 && (there[0] & there[1] & 1));
  // A locked area that grows stays so, in its new part as well.
  unsigned char *larger = mremap(made, 2 * kPage, 4 * kPage, MREMAP_MAYMOVE);
  CHECK(larger != MAP_FAILED && status_of("VmLck") == 24 && mincore(larger + 2 * kPage, 2 * kPage, there) == 0 && (there[0] & there[1] & 1));
}

static void locked_all(void) {
  unsigned char *memory = map_alone(4 * kPage);
  CHECK_ERRNO(EINVAL, mlockall(0));
  CHECK_ERRNO(EINVAL, mlockall(8));
  CHECK_ERRNO(EINVAL, mlockall(4));
  CHECK(mlockall(MCL_CURRENT) == 0);
  unsigned char there[4];
  CHECK(mincore(memory, 4 * kPage, there) == 0 && (there[0] & there[3] & 1));
  const long all = status_of("VmLck");
  CHECK(all >= 16 && smaps_flag(memory, "lo") == 1);
  unsigned char *later = map_alone(kPage);
  CHECK(status_of("VmLck") == all && smaps_flag(later, "lo") == 0);
  CHECK(mlockall(MCL_FUTURE) == 0 && status_of("VmLck") == all);
  unsigned char *future = map(2 * kPage);
  CHECK(status_of("VmLck") == all + 8 && mincore(future, 2 * kPage, there) == 0 && (there[0] & there[1] & 1));
  CHECK(munlockall() == 0 && status_of("VmLck") == 0);
  (void)map(2 * kPage);
  CHECK(status_of("VmLck") == 0);
}

static void lock_limit(void) {
  unsigned char *memory = map_alone(32 * kPage);
  limit(RLIMIT_MEMLOCK, 4 * kPage);
  CHECK(mlock(memory, 16 * kPage) == 0 && munlock(memory, 16 * kPage) == 0);  // root may
  become_nobody();
  CHECK(mlock(memory, 3 * kPage) == 0 && mlock(memory + kPage, 3 * kPage) == 0 && status_of("VmLck") == 16);
  CHECK_ERRNO(ENOMEM, mlock(memory + 8 * kPage, kPage));
  CHECK_ERRNO(ENOMEM, mlockall(MCL_CURRENT));
  CHECK(refused(mmap(NULL, kPage, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_LOCKED, -1, 0), EAGAIN));
  CHECK(refused(mremap(memory, kPage, 2 * kPage, MREMAP_MAYMOVE), EAGAIN));
  CHECK(munlock(memory, 2 * kPage) == 0);
  unsigned char *made = mmap(NULL, 2 * kPage, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_LOCKED, -1, 0);
  CHECK(made != MAP_FAILED && status_of("VmLck") == 16);
  CHECK(munlockall() == 0 && mlockall(MCL_FUTURE) == 0);
  CHECK(refused(mmap(NULL, 5 * kPage, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), EAGAIN));
  CHECK(munlockall() == 0);
  limit(RLIMIT_MEMLOCK, 0);
  CHECK_ERRNO(EPERM, mlock(memory, kPage));
  CHECK_ERRNO(EPERM, mlockall(MCL_CURRENT));
  CHECK_ERRNO(EPERM, syscall(SYS_mmap, NULL, kPage, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_LOCKED, -1, 0));  // musl makes it ENOMEM
  CHECK(munlock(memory, kPage) == 0);
}

static void fixed_without_replacing(void) {
  unsigned char *memory = map(4 * kPage);
  const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE;
  memory[0] = 1;
  CHECK(refused(mmap(memory, kPage, PROT_READ, flags, -1, 0), EEXIST));
  CHECK(refused(mmap(memory - kPage, 2 * kPage, PROT_READ, flags, -1, 0), EEXIST));
  CHECK(munmap(memory + kPage, 2 * kPage) == 0 && mmap(memory + kPage, kPage, PROT_READ, flags, -1, 0) == memory + kPage);
  CHECK(refused(mmap(memory + kPage, 2 * kPage, PROT_READ, flags, -1, 0), EEXIST));
  CHECK(mmap(memory + 2 * kPage, kPage, PROT_READ, flags | MAP_FIXED, -1, 0) == memory + 2 * kPage && memory[0] == 1);
  CHECK(refused(mmap(memory + 1, kPage, PROT_READ, flags, -1, 0), EINVAL));
}

static void grows_down(void) {
  // Room for it: a reservation given back, but for its highest page.
  unsigned char *room = mmap(NULL, 4 * kMiB, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CHECK(room != MAP_FAILED && munmap(room, 4 * kMiB) == 0);
  unsigned char *top = room + 4 * kMiB;
  unsigned char *stack = mmap(top - kPage, kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_GROWSDOWN | MAP_FIXED, -1, 0);
  CHECK(stack == top - kPage && smaps_flag(stack, "gd") == 1);
  stack[0] = 1;
  stack[-1] = 2;
  stack[-20 * kPage] = 3;
  struct map_line line;
  CHECK(map_of(stack, &line) && line.start == (uintptr_t)stack - 20 * kPage && line.end == (uintptr_t)top);
  CHECK(stack[-1] == 2 && stack[-19 * kPage] == 0);
  // Not to within a megabyte of what lies below and may be used.
  unsigned char *below = room;
  CHECK(mmap(below, kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == below);
  CHECK(faults_with(below + kMiB, kTouchRead, SIGSEGV, SEGV_MAPERR) && accessible(below + kMiB + kPage, kTouchWrite));
  CHECK(mprotect(below, kPage, PROT_NONE) == 0 && accessible(below + kPage, kTouchWrite));
  CHECK(refused(mmap(NULL, kPage, PROT_READ, MAP_SHARED | MAP_ANONYMOUS | MAP_GROWSDOWN, -1, 0), EINVAL));
  make_file("f", "text");
  CHECK(refused(mmap(NULL, kPage, PROT_READ, MAP_PRIVATE | MAP_GROWSDOWN, open("f", O_RDONLY), 0), EINVAL));
}

static void grows_down_to_its_limit(void) {
  limit(RLIMIT_STACK, 64 * kPage);
  unsigned char *room = mmap(NULL, 4 * kMiB, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CHECK(room != MAP_FAILED && munmap(room, 4 * kMiB) == 0);
  unsigned char *top = room + 4 * kMiB;
  CHECK(mmap(top - kPage, kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_GROWSDOWN | MAP_FIXED, -1, 0) == top - kPage);
  CHECK(accessible(top - 64 * kPage, kTouchWrite) && faults_with(top - 65 * kPage, kTouchWrite, SIGSEGV, SEGV_MAPERR));
}

static void reservations(void) {
  const size_t terabyte = (size_t)1 << 40;
  unsigned char *none = mmap(NULL, terabyte, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CHECK(none != MAP_FAILED && faults_with(none + terabyte / 2, kTouchRead, SIGSEGV, SEGV_ACCERR));
  CHECK(mprotect(none + terabyte / 2, kPage, PROT_READ | PROT_WRITE) == 0);
  none[terabyte / 2] = 1;
  CHECK_ERRNO(ENOMEM, mprotect(none, terabyte, PROT_READ | PROT_WRITE));
  unsigned char *lazy = mmap(NULL, terabyte, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  CHECK(lazy != MAP_FAILED && smaps_flag(lazy, "nr") == 1);
  lazy[0] = lazy[terabyte - 1] = lazy[terabyte / 2] = 1;
  CHECK(lazy[terabyte / 3] == 0);
  unsigned char *reading = mmap(NULL, terabyte, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CHECK(reading != MAP_FAILED && reading[terabyte - 1] == 0);
  unsigned char *shared = mmap(NULL, terabyte, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  CHECK(shared != MAP_FAILED);
  shared[terabyte - 1] = 7;
  shared[5] = 8;
  CHECK(shared[terabyte - 1] == 7 && shared[5] == 8);
  // Much more than there is, and to be written: not at the usual setting.
  char policy[8] = {0};
  const int file = open("/proc/sys/vm/overcommit_memory", O_RDONLY);
  CHECK(file >= 0 && read(file, policy, sizeof(policy)) == 2 && policy[0] >= '0' && policy[0] <= '2' && policy[1] == '\n');
  if (policy[0] == '0') {
    CHECK(refused(mmap(NULL, terabyte, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), ENOMEM));
    CHECK(refused(mmap(NULL, terabyte, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0), ENOMEM));
  }
  struct map_line line;
  CHECK(map_of(none, &line) && strcmp(line.rights, "---p") == 0 && map_of(none + terabyte / 2, &line) && strcmp(line.rights, "rw-p") == 0);
}

static void address_space_limit(void) {
  limit(RLIMIT_AS, 64 * kMiB);
  unsigned char *memory = map(32 * kMiB);
  CHECK(refused(mmap(NULL, 64 * kMiB, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), ENOMEM));
  CHECK(refused(mremap(memory, 32 * kMiB, 64 * kMiB, MREMAP_MAYMOVE), ENOMEM));
  // In place of what is there, only the growth counts; a refusal leaves what was there.
  memory[0] = 1;
  CHECK(mmap(memory, 32 * kMiB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == memory && memory[0] == 0);
  memory[0] = 1;
  CHECK(refused(mmap(memory, 96 * kMiB, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0), ENOMEM) && memory[0] == 1);
  CHECK(mremap(memory, 32 * kMiB, 40 * kMiB, MREMAP_MAYMOVE) != MAP_FAILED);
}

static void data_limit(void) {
  limit(RLIMIT_DATA, 16 * kMiB);
  const int anonymous = MAP_PRIVATE | MAP_ANONYMOUS;
  CHECK(refused(mmap(NULL, 17 * kMiB, PROT_READ | PROT_WRITE, anonymous, -1, 0), ENOMEM));
  unsigned char *reading = mmap(NULL, 32 * kMiB, PROT_READ, anonymous, -1, 0);
  CHECK(reading != MAP_FAILED);
  CHECK_ERRNO(ENOMEM, mprotect(reading, 32 * kMiB, PROT_READ | PROT_WRITE));
  CHECK(mprotect(reading, 4 * kMiB, PROT_READ | PROT_WRITE) == 0);
  CHECK(mmap(NULL, 32 * kMiB, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0) != MAP_FAILED);
  unsigned char *data = map(8 * kMiB);
  CHECK(refused(mmap(NULL, 8 * kMiB, PROT_READ | PROT_WRITE, anonymous, -1, 0), ENOMEM));
  CHECK(refused(mremap(data, 8 * kMiB, 16 * kMiB, MREMAP_MAYMOVE), ENOMEM));
  const long before = status_of("VmData");
  CHECK(munmap(data, 8 * kMiB) == 0 && status_of("VmData") == before - 8192);
  // The break counts too.
  const uintptr_t top = (uintptr_t)syscall(SYS_brk, 0);
  CHECK((uintptr_t)syscall(SYS_brk, top + 32 * kMiB) == top && (uintptr_t)syscall(SYS_brk, top + kMiB) == top + kMiB);
}

static void without_rights(void) {
  unsigned char *memory = map_alone(2 * kPage);
  memory[0] = 1;
  CHECK(mprotect(memory, kPage, PROT_NONE) == 0);
  CHECK(faults_with(memory, kTouchRead, SIGSEGV, SEGV_ACCERR) && faults_with(memory, kTouchWrite, SIGSEGV, SEGV_ACCERR));
  make_file("f", "text");
  const int file = open("f", O_RDWR);
  CHECK_ERRNO(EFAULT, read(file, memory, 4));
  CHECK_ERRNO(EFAULT, pwrite(file, memory, 4, 0));
  CHECK(mprotect(memory, kPage, PROT_READ) == 0 && memory[0] == 1);
  CHECK_ERRNO(EFAULT, pread(file, memory, 4, 0));
  CHECK_ERRNO(EINVAL, mprotect(memory, kPage, 0x40));
  CHECK_ERRNO(ENOMEM, mprotect(memory, SIZE_MAX - 16 * kPage, PROT_READ));
  CHECK(mprotect(memory, 0, PROT_READ) == 0);
}

static void checked_flags(void) {
  make_file("f", "text");
  const int file = open("f", O_RDWR);
  const int validate = 3;
  CHECK(mmap(NULL, kPage, PROT_READ | PROT_WRITE, validate, file, 0) != MAP_FAILED);
  CHECK(refused(mmap(NULL, kPage, PROT_READ, validate | 0x800000, file, 0), EOPNOTSUPP));
  CHECK(mmap(NULL, kPage, PROT_READ, MAP_SHARED | 0x800000, file, 0) != MAP_FAILED);
  CHECK(refused(mmap(NULL, kPage, PROT_READ, validate | MAP_ANONYMOUS, -1, 0), EINVAL));
  CHECK(refused(mmap(NULL, kPage, PROT_READ, MAP_ANONYMOUS, -1, 0), EINVAL));
  CHECK(refused((void *)syscall(SYS_mmap, NULL, kPage, PROT_READ, MAP_SHARED, file, 100), EINVAL));
}

static const struct test tests[] = {
    {"bad_advice", bad_advice},
    {"freed", freed},
    {"not_inherited", not_inherited},
    {"wiped", wiped},
    {"populated", populated},
    {"resident", resident},
    {"locked", locked},
    {"locked_with_holes", locked_with_holes},
    {"locked_on_fault", locked_on_fault},
    {"locked_all", locked_all},
    {"lock_limit", lock_limit},
    {"fixed_without_replacing", fixed_without_replacing},
    {"grows_down", grows_down},
    {"grows_down_to_its_limit", grows_down_to_its_limit},
    {"reservations", reservations},
    {"address_space_limit", address_space_limit},
    {"data_limit", data_limit},
    {"without_rights", without_rights},
    {"checked_flags", checked_flags},
};
SUITE(advice_suite, "advice", tests);
