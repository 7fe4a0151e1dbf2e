// SPDX-License-Identifier: Apache-2.0
// mmap, munmap, mprotect, mremap, brk: what is where, and what faults.
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fault_report.h"
#include "machine.h"
#include "test.h"

enum { kPage = 4096 };

static unsigned char *map(size_t bytes) {
  unsigned char *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CHECK(memory != MAP_FAILED);
  return memory;
}

// The signal that touching ADDRESS ends a child with; 0 for none.
static int fault_of(volatile unsigned char *address, int write) {
  const pid_t child = fork();
  if (child == 0) {
    if (write) {
      *address = 1;
    } else {
      (void)*address;
    }
    _exit(0);
  }
  int status;
  CHECK(waitpid(child, &status, 0) == child);
  return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void zeroed(void) {
  unsigned char *memory = map(1 << 20);
  for (int at = 0; at < 1 << 20; ++at) CHECK(memory[at] == 0);
  memset(memory, 1, 1 << 20);
  CHECK(munmap(memory, 1 << 20) == 0 && fault_of(memory, 0) == SIGSEGV);
  unsigned char *again = map(1 << 20);
  for (int at = 0; at < 1 << 20; at += 64) CHECK(again[at] == 0);
}

static void protection(void) {
  unsigned char *memory = map(3 * kPage);
  memory[kPage] = 7;
  CHECK(mprotect(memory + kPage, kPage, PROT_READ) == 0);
  CHECK(fault_of(memory + kPage, 1) == SIGSEGV && fault_of(memory + kPage, 0) == 0 && memory[kPage] == 7);
  CHECK(fault_of(memory, 1) == 0 && fault_of(memory + 2 * kPage, 1) == 0);
  CHECK(mprotect(memory + kPage, kPage, PROT_NONE) == 0 && fault_of(memory + kPage, 0) == SIGSEGV);
  CHECK(mprotect(memory, 3 * kPage, PROT_READ | PROT_WRITE) == 0 && memory[kPage] == 7);
  CHECK_ERRNO(EINVAL, syscall(SYS_mprotect, memory + 1, kPage, PROT_READ));
  CHECK(munmap(memory + kPage, kPage) == 0);
  CHECK_ERRNO(ENOMEM, mprotect(memory, 3 * kPage, PROT_READ));
}

static void not_executable(void) {
  unsigned char *memory = map(kPage);
  memcpy(memory, machine_return, sizeof machine_return);
  __builtin___clear_cache((char *)memory, (char *)memory + sizeof machine_return);
  const pid_t child = fork();
  if (child == 0) {
    ((void (*)(void))(uintptr_t)memory)();
    _exit(0);
  }
  int status;
  CHECK(waitpid(child, &status, 0) == child && died_of(status, SIGSEGV));
  CHECK(mprotect(memory, kPage, PROT_READ | PROT_EXEC) == 0);
  ((void (*)(void))(uintptr_t)memory)();
}

// Just-in-time compilers keep data beside code: an instruction writes to the page it is on.
static void writes_beside_itself(void) {
  unsigned char *memory = map(kPage);
  CHECK(mprotect(memory, kPage, PROT_READ | PROT_WRITE | PROT_EXEC) == 0);
  memcpy(memory, machine_counting, sizeof machine_counting);
  __builtin___clear_cache((char *)memory, (char *)memory + sizeof machine_counting);
  int (*const count)(void) = (int (*)(void))(uintptr_t)memory;
  CHECK(count() == 1 && count() == 2);
  const pid_t child = fork();
  if (child == 0) _exit(count());
  int status;
  CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 3 && count() == 3);
}

static void holes(void) {
  unsigned char *memory = map(5 * kPage);
  memset(memory, 5, 5 * kPage);
  CHECK(munmap(memory + kPage, kPage) == 0 && munmap(memory + 3 * kPage, kPage) == 0);
  CHECK(fault_of(memory + kPage, 0) == SIGSEGV && fault_of(memory + 3 * kPage, 1) == SIGSEGV);
  CHECK(memory[0] == 5 && memory[2 * kPage] == 5 && memory[5 * kPage - 1] == 5);
  CHECK(munmap(memory, 5 * kPage) == 0 && munmap(memory, 5 * kPage) == 0);
  CHECK_ERRNO(EINVAL, munmap(memory + 1, kPage));
  CHECK_ERRNO(EINVAL, munmap(memory, 0));
}

static void fixed(void) {
  unsigned char *memory = map(3 * kPage);
  memset(memory, 6, 3 * kPage);
  CHECK(mmap(memory + kPage, kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == memory + kPage);
  CHECK(memory[0] == 6 && memory[kPage] == 0 && memory[2 * kPage] == 6);
  CHECK(mmap(memory, kPage, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | 0x100000 /* MAP_FIXED_NOREPLACE */, -1, 0) == MAP_FAILED && errno == EEXIST);
  CHECK(mmap(memory + 1, kPage, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED && errno == EINVAL);
  CHECK(mmap((void *)0xffff800000000000, kPage, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED && errno == ENOMEM);
  CHECK(mmap((void *)0x7ffffffff000, kPage, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED && errno == ENOMEM);
  CHECK(mmap(NULL, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED && errno == EINVAL);
  CHECK(mmap(NULL, kPage, PROT_READ, MAP_ANONYMOUS, -1, 0) == MAP_FAILED && errno == EINVAL);
  CHECK(mmap(NULL, kPage, PROT_READ, MAP_PRIVATE, 99, 0) == MAP_FAILED && errno == EBADF);
}

static void grow_and_shrink(void) {
  unsigned char *memory = map(2 * kPage);
  memset(memory, 8, 2 * kPage);
  unsigned char *larger = mremap(memory, 2 * kPage, 64 * kPage, MREMAP_MAYMOVE);
  CHECK(larger != MAP_FAILED && larger[0] == 8 && larger[2 * kPage - 1] == 8 && larger[2 * kPage] == 0 && larger[64 * kPage - 1] == 0);
  if (larger != memory) CHECK(fault_of(memory, 0) == SIGSEGV);
  CHECK(mremap(larger, 64 * kPage, kPage, 0) == larger && fault_of(larger + kPage, 0) == SIGSEGV && larger[kPage - 1] == 8);
  unsigned char *place = map(4 * kPage);
  CHECK(mremap(larger, kPage, kPage, MREMAP_MAYMOVE | MREMAP_FIXED, place + kPage) == place + kPage);
  CHECK(place[kPage] == 8 && fault_of(larger, 0) == SIGSEGV);
  CHECK(mremap(larger, kPage, 2 * kPage, MREMAP_MAYMOVE) == MAP_FAILED && errno == EFAULT);
  CHECK(mremap(place, kPage, 0, 0) == MAP_FAILED && errno == EINVAL);
}

static void grow_in_place_or_not(void) {
  unsigned char *memory = map(4 * kPage);
  CHECK(mremap(memory, 2 * kPage, 3 * kPage, 0) == MAP_FAILED && errno == ENOMEM);
  memory[3 * kPage] = 1;
  CHECK(munmap(memory + 2 * kPage, 2 * kPage) == 0);
  CHECK(mremap(memory, 2 * kPage, 4 * kPage, 0) == memory && memory[3 * kPage] == 0);
}

static void file_private(void) {
  make_file("f", "hello file");
  const int file = open("f", O_RDWR);
  char *memory = mmap(NULL, kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);
  CHECK(memory != MAP_FAILED && memcmp(memory, "hello file", 11) == 0);
  memory[0] = 'J';
  char text[5];
  CHECK(pread(file, text, 5, 0) == 5 && memcmp(text, "hello", 5) == 0);
  CHECK(mmap(NULL, kPage, PROT_READ, MAP_PRIVATE, file, 100) == MAP_FAILED && errno == EINVAL);
}

static void file_shared(void) {
  const int file = open("f", O_RDWR | O_CREAT, 0644);
  CHECK(ftruncate(file, 2 * kPage) == 0);
  char *one = mmap(NULL, 2 * kPage, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  char *two = mmap(NULL, kPage, PROT_READ, MAP_SHARED, file, kPage);
  CHECK(one != MAP_FAILED && two != MAP_FAILED);
  strcpy(one + kPage, "seen by all");
  CHECK(strcmp(two, "seen by all") == 0);
  char text[12];
  CHECK(pread(file, text, 12, kPage) == 12 && strcmp(text, "seen by all") == 0);
  CHECK(pwrite(file, "written", 8, 0) == 8 && strcmp(one, "written") == 0);
  const pid_t child = fork();
  if (child == 0) {
    strcpy(one, "by the child");
    _exit(0);
  }
  CHECK(waitpid(child, NULL, 0) == child && strcmp(one, "by the child") == 0);
  close(file);
  CHECK(unlink("f") == 0 && strcmp(one, "by the child") == 0 && msync(one, kPage, MS_SYNC) == 0);
  const int only_read = open("/etc/passwd", O_RDONLY);
  CHECK(mmap(NULL, kPage, PROT_WRITE, MAP_SHARED, only_read, 0) == MAP_FAILED && errno == EACCES);
  CHECK(mmap(NULL, kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE, only_read, 0) != MAP_FAILED);
}

static void past_the_end(void) {
  make_file("f", "short");
  const int file = open("f", O_RDWR);
  unsigned char *memory = mmap(NULL, 2 * kPage, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  CHECK(memory[5] == 0 && memory[kPage - 1] == 0);
  CHECK(fault_of(memory + kPage, 0) == SIGBUS);
  CHECK(ftruncate(file, kPage + 1) == 0 && fault_of(memory + kPage, 0) == 0);
  CHECK(ftruncate(file, 0) == 0 && fault_of(memory, 0) == SIGBUS);
}

static void program_break(void) {
  char *start = sbrk(0);
  CHECK(sbrk(100000) == start || sbrk(0) == start);  // musl refuses sbrk but for 0
  char *const raw = (char *)syscall(SYS_brk, 0L);
  char *const wanted = raw + 3 * kPage;
  CHECK((char *)syscall(SYS_brk, wanted) == wanted);
  memset(raw, 3, 3 * kPage);
  CHECK((char *)syscall(SYS_brk, raw) == raw && fault_of((unsigned char *)raw + kPage, 0) == SIGSEGV);
}

static void advice(void) {
  unsigned char *memory = map(4 * kPage);
  memset(memory, 9, 4 * kPage);
  CHECK(madvise(memory + kPage, kPage, MADV_DONTNEED) == 0 && memory[kPage] == 0 && memory[0] == 9 && memory[2 * kPage] == 9);
  CHECK_ERRNO(EINVAL, madvise(memory + 1, kPage, MADV_DONTNEED));
  CHECK(munmap(memory + kPage, kPage) == 0);
  CHECK_ERRNO(ENOMEM, madvise(memory, 4 * kPage, MADV_DONTNEED));
  unsigned char resident[4];
  CHECK(mincore(memory + 2 * kPage, kPage, resident) == 0);
}

static void address_limit(void) {
  const struct rlimit limit = {64 << 20, 64 << 20};
  CHECK(setrlimit(RLIMIT_AS, &limit) == 0);
  CHECK(mmap(NULL, 100 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED && errno == ENOMEM);
  CHECK(mmap(NULL, 10 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED);
}

static void reserve_much(void) {
  unsigned char *memory = mmap(NULL, (size_t)64 << 30, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  CHECK(memory != MAP_FAILED);
  CHECK(mprotect(memory + ((size_t)32 << 30), kPage, PROT_READ | PROT_WRITE) == 0);
  memory[(size_t)32 << 30] = 1;
  CHECK(munmap(memory, (size_t)64 << 30) == 0);
}

static void many_areas(void) {
  unsigned char *memory = map(2000 * kPage);
  for (int page = 0; page < 2000; page += 2) CHECK(mprotect(memory + page * kPage, kPage, PROT_READ) == 0);
  for (int page = 1; page < 2000; page += 2) memory[page * kPage] = 1;
  CHECK(mprotect(memory, 2000 * kPage, PROT_READ | PROT_WRITE) == 0);
  for (int page = 0; page < 2000; ++page) CHECK(memory[page * kPage] == page % 2);
  CHECK(munmap(memory, 2000 * kPage) == 0);
}

static void bad_pointers(void) {
  unsigned char *memory = map(2 * kPage);
  CHECK(munmap(memory + kPage, kPage) == 0);
  make_file("f", "0123456789");
  const int file = open("f", O_RDWR);
  CHECK_ERRNO(EFAULT, read(file, (void *)0x10, 5));
  CHECK_ERRNO(EFAULT, write(file, (void *)0xffff800000100000, 5));
  CHECK_ERRNO(EFAULT, read(file, (void *)0x7fffffffffff0000, 5));
  CHECK(pread(file, memory + kPage - 4, 10, 0) == 4 || errno == EFAULT);  // part of it, or none
  CHECK(pwrite(file, memory + kPage - 4, 10, 0) == 4 || errno == EFAULT);
  CHECK_ERRNO(EFAULT, open((char *)memory + kPage, O_RDONLY));
  memset(memory, 'a', kPage);
  CHECK_ERRNO(EFAULT, open((char *)memory + kPage - 10, O_RDONLY));  // a string without end
  CHECK_ERRNO(EFAULT, syscall(SYS_newfstatat, AT_FDCWD, "f", memory + kPage, 0));
  CHECK_ERRNO(EFAULT, pipe((int *)(void *)(memory + kPage)));
}

// What a write to the file shows in the mappings that were touched before it.
static void check_written_to(const char *path) {
  const int file = open(path, O_RDWR);
  CHECK(file >= 0);
  unsigned char *private = mmap(NULL, 3 * kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);
  unsigned char *shared = mmap(NULL, 3 * kPage, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  unsigned char *looking = mmap(NULL, 3 * kPage, PROT_READ, MAP_SHARED, file, 0);
  CHECK(private != MAP_FAILED && shared != MAP_FAILED && looking != MAP_FAILED);
  volatile unsigned char sum = 0;
  for (int page = 0; page < 3; ++page)
    sum = (unsigned char)(sum + private[page * kPage] + shared[page * kPage] + looking[page * kPage]);
  private[kPage] = 'p';
  int ready[2], go[2];
  CHECK(pipe(ready) == 0 && pipe(go) == 0);
  const pid_t child = fork();
  if (child == 0) {
    // The child's view of pages that both only looked at, and of a copy of its own.
    char byte;
    private[2 * kPage] = 'c';
    if (write(ready[1], "x", 1) != 1 || read(go[0], &byte, 1) != 1) _exit(2);
    _exit(private[0] == 'w' && private[kPage] == 'p' && private[2 * kPage] == 'c' && shared[2 * kPage] == 'w' ? 0 : 1);
  }
  char byte;
  CHECK(read(ready[0], &byte, 1) == 1);
  for (int page = 0; page < 3; ++page) CHECK(pwrite(file, "w", 1, page * kPage) == 1);
  for (int page = 0; page < 3; ++page) CHECK(shared[page * kPage] == 'w' && looking[page * kPage] == 'w');
  CHECK(private[0] == 'w' && private[kPage] == 'p' && private[2 * kPage] == 'w');
  shared[0] = 's';
  CHECK(looking[0] == 's' && private[0] == 's' && pread(file, &byte, 1, 0) == 1 && byte == 's');
  shared[0] = 'w';
  CHECK(write(go[1], "x", 1) == 1);
  int status;
  CHECK(waitpid(child, &status, 0) == child && ended_with(status, 0));
  CHECK(msync(shared, 3 * kPage, MS_SYNC) == 0 && close(file) == 0);
}

static void file_written_to(void) {
  const int file = open("f", O_RDWR | O_CREAT, 0644);
  static const char bytes[3 * 4096] = "old";
  CHECK(write(file, bytes, sizeof(bytes)) == sizeof(bytes) && close(file) == 0);
  check_written_to("f");
}

// The first write to a file that came with the machine moves its pages.
static void original_written_to(void) {
  check_written_to("/opt/tests/fault");
}

// One page in each of COUNT stretches that have a page table of their own.
static void touch_sparsely(size_t count) {
  const size_t stretch = 2u << 20;
  volatile char *const room = mmap(NULL, count * stretch, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (room == MAP_FAILED) _exit(1);
  for (size_t i = 0; i < count; ++i) room[i * stretch] = 1;
}

static void sparse_and_large(void) {
  touch_sparsely(700);
  _exit(0);
}

// As many processes with as many page tables as there is memory for, all at once; when
// they are gone, all of it is there again, for many small processes and for a large one.
static void crowd(void) {
  int go[2];
  CHECK(pipe(go) == 0);
  pid_t children[150];
  size_t count = 0;
  for (; count < 150; ++count) {
    const pid_t child = fork();
    if (child == 0) {
      close(go[1]);
      touch_sparsely(64);
      char byte;
      _exit(read(go[0], &byte, 1) == 0 ? 0 : 1);
    }
    if (child < 0) break;
    children[count] = child;
  }
  CHECK(count > 20 && close(go[1]) == 0);
  for (size_t i = 0; i < count; ++i) {
    int status;
    CHECK(waitpid(children[i], &status, 0) == children[i] && (ended_with(status, 0) || died_of(status, SIGKILL)));
  }
  for (int i = 0; i < 20; ++i) {
    const pid_t child = fork();
    if (child == 0) {
      execl("/bin/true", "true", (char *)NULL);
      _exit(1);
    }
    int status;
    CHECK(child > 0 && waitpid(child, &status, 0) == child && ended_with(status, 0));
  }
  CHECK(ended_with(child_status(sparse_and_large), 0));
}

// What a program keeps in the highest byte of an address is nothing to its loads and stores, and too much for calls.
static void tagged_addresses(void) {
  if (!kIgnoresTags) return;
  unsigned char *memory = map(kPage * 3);
  volatile unsigned char *tagged = (volatile unsigned char *)((uintptr_t)memory | 0x5aul << 56);
  CHECK(*tagged == 0);  // not there before
  tagged[kPage] = 7;
  CHECK(memory[kPage] == 7);
  if (fork() == 0) {
    *tagged = 9;  // a copy of its own
    _exit(*memory == 9 ? 0 : 1);
  }
  int status;
  CHECK(wait(&status) > 0 && ended_with(status, 0) && *tagged == 0);
  const int zeros = open("/dev/zero", O_RDONLY);
  CHECK(read(zeros, memory, 1) == 1);
  CHECK_ERRNO(EFAULT, read(zeros, (void *)(uintptr_t)tagged, 1));
  CHECK_ERRNO(EFAULT, syscall(SYS_getcwd, tagged, 100));
  CHECK(mprotect(memory + kPage * 2, kPage, PROT_NONE) == 0 && munmap(memory, kPage) == 0);
  const struct fault forbidden = touch(tagged + kPage * 2, kTouchWrite), nowhere = touch(tagged + 5, kTouchRead);
  CHECK(forbidden.signal == SIGSEGV && forbidden.code == SEGV_ACCERR && forbidden.address == memory + kPage * 2);
  CHECK(nowhere.signal == SIGSEGV && nowhere.code == SEGV_MAPERR && nowhere.address == memory + 5);
  CHECK(close(zeros) == 0);
}

static const struct test tests[] = {
    {"zeroed", zeroed}, {"protection", protection}, {"not_executable", not_executable},
    {"writes_beside_itself", writes_beside_itself}, {"holes", holes}, {"fixed", fixed},
    {"grow_and_shrink", grow_and_shrink}, {"grow_in_place_or_not", grow_in_place_or_not}, {"file_private", file_private},
    {"file_shared", file_shared}, {"past_the_end", past_the_end}, {"program_break", program_break}, {"advice", advice},
    {"address_limit", address_limit}, {"reserve_much", reserve_much}, {"many_areas", many_areas}, {"bad_pointers", bad_pointers},
    {"file_written_to", file_written_to}, {"original_written_to", original_written_to},
    {"crowd", crowd}, {"tagged_addresses", tagged_addresses},
};
SUITE(memory_suite, "memory", tests);
