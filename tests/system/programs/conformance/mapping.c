// SPDX-License-Identifier: Apache-2.0
// Mapped files: one set of pages for all that map, read and write; what a changed
// length does to mappings; moving them.
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fault_report.h"
#include "maps.h"
#include "test.h"

enum { kPage = 4096 };
#ifndef MREMAP_DONTUNMAP
#define MREMAP_DONTUNMAP 4
#endif

static int file_of(const char *path, size_t bytes) {
  const int file = open(path, O_RDWR | O_CREAT | O_TRUNC, 0755);
  CHECK(file >= 0 && ftruncate(file, (off_t)bytes) == 0);
  return file;
}

static unsigned char *map_file(int file, size_t bytes, int protection, int flags, off_t offset) {
  unsigned char *memory = mmap(NULL, bytes, protection, flags, file, offset);
  CHECK(memory != MAP_FAILED);
  return memory;
}

static unsigned char byte_at(int file, off_t offset) {
  unsigned char byte = 0xee;
  CHECK(pread(file, &byte, 1, offset) == 1);
  return byte;
}

// Lets a process act, one step after the other.
struct turns {
  int go[2], done[2];
};
static void make_turns(struct turns *turns) { CHECK(pipe(turns->go) == 0 && pipe(turns->done) == 0); }
static void let_act(struct turns *turns) {
  char byte;
  CHECK(write(turns->go[1], "g", 1) == 1 && read(turns->done[0], &byte, 1) == 1 && byte == 'd');
}
static void await_turn(struct turns *turns) {
  char byte;
  if (read(turns->go[0], &byte, 1) != 1) _exit(9);
}
static void acted(struct turns *turns) {
  if (write(turns->done[1], "d", 1) != 1) _exit(9);
}
static void ended_well(pid_t child) {
  int status;
  CHECK(waitpid(child, &status, 0) == child && ended_with(status, 0));
}

// A process that opens the file by name shares its pages with this one, both ways.
static void one_cache(void) {
  const int file = file_of("f", 3 * kPage);
  unsigned char *memory = map_file(file, 3 * kPage, PROT_READ | PROT_WRITE, MAP_SHARED, 0);
  struct turns turns;
  make_turns(&turns);
  const pid_t child = fork();
  if (child == 0) {
    munmap(memory, 3 * kPage);
    close(file);
    const int own = open("f", O_RDWR);
    unsigned char *view = mmap(NULL, 3 * kPage, PROT_READ | PROT_WRITE, MAP_SHARED, own, 0);
    await_turn(&turns);
    if (view[0] != 1 || view[kPage] != 2) _exit(1);
    view[1] = 11;
    if (pwrite(own, "\x0c", 1, kPage + 1) != 1) _exit(2);
    acted(&turns);
    await_turn(&turns);
    if (view[2 * kPage] != 33 || byte_at(own, 2 * kPage) != 33) _exit(3);
    acted(&turns);
    _exit(0);
  }
  memory[0] = 1;
  CHECK(pwrite(file, "\x02", 1, kPage) == 1);
  let_act(&turns);
  CHECK(memory[1] == 11 && memory[kPage + 1] == 12 && byte_at(file, 1) == 11 && byte_at(file, kPage + 1) == 12);
  memory[2 * kPage] = 33;
  let_act(&turns);
  ended_well(child);
}

static void private_follows_until_written(void) {
  const int file = file_of("f", 4 * kPage);
  unsigned char *memory = map_file(file, 4 * kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE, 0);
  unsigned char *shared = map_file(file, 4 * kPage, PROT_READ | PROT_WRITE, MAP_SHARED, 0);
  CHECK(memory[0] == 0 && memory[kPage] == 0);
  memory[kPage] = 'p';
  shared[0] = 's';
  shared[kPage] = 't';
  shared[2 * kPage] = 'u';
  CHECK(pwrite(file, "w", 1, 3 * kPage) == 1);
  CHECK(memory[0] == 's' && memory[kPage] == 'p' && memory[2 * kPage] == 'u' && memory[3 * kPage] == 'w');
  CHECK(byte_at(file, kPage) == 't' && shared[kPage] == 't');
  memory[3 * kPage + 1] = 'q';
  CHECK(byte_at(file, 3 * kPage + 1) == 0 && memory[3 * kPage] == 'w');
  CHECK(pwrite(file, "x", 1, 3 * kPage) == 1 && memory[3 * kPage] == 'w');
}

static void shrunk_below(void) {
  const int file = file_of("f", 4 * kPage);
  unsigned char *shared = map_file(file, 4 * kPage, PROT_READ | PROT_WRITE, MAP_SHARED, 0);
  unsigned char *private = map_file(file, 4 * kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE, 0);
  memset(shared, 'a', 4 * kPage);
  private[2 * kPage] = 'p';  // a copy of its own goes too
  private[0] = 'q';
  CHECK(private[3 * kPage] == 'a');
  CHECK(ftruncate(file, kPage + 100) == 0);
  CHECK(past_end(shared + 2 * kPage) && past_end(shared + 3 * kPage) && past_end(private + 2 * kPage) &&
        past_end(private + 3 * kPage));
  CHECK(shared[kPage + 99] == 'a' && shared[kPage + 100] == 0 && shared[2 * kPage - 1] == 0);
  CHECK(private[0] == 'q' && private[kPage + 99] == 'a' && private[kPage + 100] == 0);
  CHECK(ftruncate(file, 4 * kPage) == 0);
  CHECK(shared[kPage + 100] == 0 && shared[2 * kPage] == 0 && shared[3 * kPage] == 0 && private[2 * kPage] == 0);
  shared[2 * kPage] = 'b';
  CHECK(byte_at(file, 2 * kPage) == 'b' && private[2 * kPage] == 'b');
  CHECK(ftruncate(file, 0) == 0 && past_end(shared) && past_end(private));
}

// A forked child's mapping goes as well, one that the parent has no part in any more.
static void shrunk_below_another(void) {
  const int file = file_of("f", 2 * kPage);
  unsigned char *memory = map_file(file, 2 * kPage, PROT_READ | PROT_WRITE, MAP_SHARED, 0);
  memory[kPage] = 1;
  struct turns turns;
  make_turns(&turns);
  const pid_t child = fork();
  if (child == 0) {
    if (memory[kPage] != 1) _exit(1);
    acted(&turns);
    await_turn(&turns);
    if (!past_end(memory + kPage) || !accessible(memory, kTouchWrite)) _exit(2);
    acted(&turns);
    _exit(0);
  }
  char byte;
  CHECK(read(turns.done[0], &byte, 1) == 1);
  CHECK(munmap(memory, 2 * kPage) == 0 && ftruncate(file, kPage) == 0);
  let_act(&turns);
  ended_well(child);
}

// Bytes written to the mapping behind the end of the file never become part of it.
static void tail_is_zero(void) {
  const int file = file_of("f", 10);
  unsigned char *memory = map_file(file, kPage, PROT_READ | PROT_WRITE, MAP_SHARED, 0);
  memset(memory, 'x', kPage);
  CHECK(ftruncate(file, 5) == 0);
  CHECK(memory[4] == 'x' && memory[5] == 0 && memory[9] == 0 && memory[kPage - 1] == 0);
  CHECK(ftruncate(file, kPage) == 0 && memory[5] == 0 && memory[kPage - 1] == 0);
  char byte;
  CHECK(ftruncate(file, 5) == 0 && pread(file, &byte, 1, 5) == 0);
}

static void write_past_end(void) {
  const int file = file_of("f", 100);
  unsigned char *memory = map_file(file, 4 * kPage, PROT_READ | PROT_WRITE, MAP_SHARED, 0);
  CHECK(memory[0] == 0 && past_end(memory + kPage));
  CHECK(pwrite(file, "end", 3, 2 * kPage + 5) == 3);
  CHECK(memory[2 * kPage + 5] == 'e' && memory[kPage] == 0 && memory[2 * kPage + 8] == 0 && past_end(memory + 3 * kPage));
  memory[kPage + 7] = 7;
  CHECK(byte_at(file, kPage + 7) == 7);
  CHECK(fallocate(file, 0, 3 * kPage, kPage) == 0 && memory[3 * kPage] == 0 && accessible(memory + 3 * kPage, kTouchWrite));
}

static void hole_punched(void) {
  const int file = file_of("f", 5 * kPage);
  unsigned char *shared = map_file(file, 5 * kPage, PROT_READ | PROT_WRITE, MAP_SHARED, 0);
  unsigned char *private = map_file(file, 5 * kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE, 0);
  memset(shared, 'a', 5 * kPage);
  CHECK(private[2 * kPage] == 'a');
  private[3 * kPage] = 'p';  // a copy of its own stays
  CHECK(fallocate(file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, kPage + 10, 3 * kPage) == 0);
  CHECK(shared[kPage + 9] == 'a' && shared[kPage + 10] == 0 && shared[2 * kPage] == 0 && shared[4 * kPage + 9] == 0 &&
        shared[4 * kPage + 10] == 'a');
  CHECK(private[2 * kPage] == 0 && private[3 * kPage] == 'p' && private[3 * kPage + 1] == 'a' && private[4 * kPage + 10] == 'a');
  shared[2 * kPage + 1] = 'n';
  CHECK(private[2 * kPage + 1] == 'n' && byte_at(file, 2 * kPage + 1) == 'n');
}

static void removed_by_advice(void) {
  const int file = file_of("f", 3 * kPage);
  unsigned char *memory = map_file(file, 3 * kPage, PROT_READ | PROT_WRITE, MAP_SHARED, 0);
  memset(memory, 'a', 3 * kPage);
  CHECK(madvise(memory + kPage, kPage, MADV_REMOVE) == 0);
  CHECK(memory[0] == 'a' && memory[kPage] == 0 && memory[2 * kPage] == 'a' && byte_at(file, kPage) == 0);
  struct stat status;
  CHECK(fstat(file, &status) == 0 && status.st_size == 3 * kPage);
  unsigned char *anonymous = mmap(NULL, 2 * kPage, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  memset(anonymous, 'b', 2 * kPage);
  CHECK(madvise(anonymous, kPage, MADV_REMOVE) == 0 && anonymous[0] == 0 && anonymous[kPage] == 'b');
  unsigned char *private = map_file(file, kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE, 0);
  CHECK_ERRNO(EACCES, madvise(private, kPage, MADV_REMOVE));
  const int reading = open("f", O_RDONLY);
  unsigned char *only_read = map_file(reading, kPage, PROT_READ, MAP_SHARED, 0);
  CHECK_ERRNO(EACCES, madvise(only_read, kPage, MADV_REMOVE));
  unsigned char *plain = mmap(NULL, kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CHECK_ERRNO(EINVAL, madvise(plain, kPage, MADV_REMOVE));
}

static void dropped_by_advice(void) {
  const int file = file_of("f", 2 * kPage);
  unsigned char *shared = map_file(file, 2 * kPage, PROT_READ | PROT_WRITE, MAP_SHARED, 0);
  unsigned char *private = map_file(file, 2 * kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE, 0);
  shared[0] = 's';
  private[0] = 'p';
  private[kPage] = 'q';
  CHECK(madvise(shared, 2 * kPage, MADV_DONTNEED) == 0 && shared[0] == 's');
  CHECK(madvise(private, kPage, MADV_DONTNEED) == 0 && private[0] == 's' && private[kPage] == 'q');
  CHECK_ERRNO(EINVAL, madvise(shared, kPage, MADV_FREE));
  CHECK_ERRNO(EINVAL, madvise(private, kPage, MADV_FREE));
  CHECK(madvise(shared, 2 * kPage, MADV_WILLNEED) == 0 && madvise(private, 2 * kPage, MADV_WILLNEED) == 0);
  unsigned char *anonymous = mmap(NULL, kPage, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  anonymous[0] = 'a';
  CHECK(madvise(anonymous, kPage, MADV_DONTNEED) == 0 && anonymous[0] == 'a');
  CHECK_ERRNO(EINVAL, madvise(anonymous, kPage, MADV_FREE));
}

static void write_right(void) {
  file_of("f", kPage);
  const int file = open("f", O_RDONLY);
  unsigned char *memory = map_file(file, kPage, PROT_READ, MAP_SHARED, 0);
  CHECK_ERRNO(EACCES, mprotect(memory, kPage, PROT_READ | PROT_WRITE));
  CHECK(mprotect(memory, kPage, PROT_NONE) == 0);
  CHECK_ERRNO(EACCES, mprotect(memory, kPage, PROT_WRITE));
  CHECK(faults_with(memory, kTouchRead, SIGSEGV, SEGV_ACCERR));
  CHECK(mprotect(memory, kPage, PROT_READ) == 0 && memory[0] == 0 && faults_with(memory, kTouchWrite, SIGSEGV, SEGV_ACCERR));
  unsigned char *private = map_file(file, kPage, PROT_READ, MAP_PRIVATE, 0);
  CHECK(mprotect(private, kPage, PROT_READ | PROT_WRITE) == 0);
  private[0] = 1;
  CHECK(memory[0] == 0);
  const int writing = open("f", O_WRONLY);
  CHECK(mmap(NULL, kPage, PROT_WRITE, MAP_SHARED, writing, 0) == MAP_FAILED && errno == EACCES);
  CHECK(mmap(NULL, kPage, PROT_READ, MAP_PRIVATE, writing, 0) == MAP_FAILED && errno == EACCES);
  const int naming = open("f", O_PATH);
  CHECK(mmap(NULL, kPage, PROT_READ, MAP_PRIVATE, naming, 0) == MAP_FAILED && errno == EBADF);
  const int directory = open(".", O_RDONLY | O_DIRECTORY);
  CHECK(mmap(NULL, kPage, PROT_READ, MAP_PRIVATE, directory, 0) == MAP_FAILED && errno == ENODEV);
  int ends[2];
  CHECK(pipe(ends) == 0 && mmap(NULL, kPage, PROT_READ, MAP_PRIVATE, ends[0], 0) == MAP_FAILED && errno == ENODEV);
  // A mapping that was made writable by its file stays so when the descriptor is closed.
  const int both = open("f", O_RDWR);
  unsigned char *later = map_file(both, kPage, PROT_READ, MAP_SHARED, 0);
  close(both);
  CHECK(mprotect(later, kPage, PROT_READ | PROT_WRITE) == 0);
  later[0] = 9;
  CHECK(memory[0] == 9);
}

static void written_out(void) {
  const int file = file_of("f", 3 * kPage);
  unsigned char *memory = map_file(file, 3 * kPage, PROT_READ | PROT_WRITE, MAP_SHARED, 0);
  memory[0] = 1;
  CHECK(msync(memory, 3 * kPage, MS_SYNC) == 0 && msync(memory, kPage, MS_ASYNC) == 0 && msync(memory, kPage, 0) == 0);
  CHECK(msync(memory, kPage, MS_SYNC | MS_INVALIDATE) == 0 && msync(memory, 0, MS_SYNC) == 0 && msync(memory, 1, MS_SYNC) == 0);
  CHECK_ERRNO(EINVAL, msync(memory, kPage, MS_SYNC | MS_ASYNC));
  CHECK_ERRNO(EINVAL, msync(memory, kPage, 8));
  CHECK_ERRNO(EINVAL, msync(memory + 1, kPage, MS_SYNC));
  CHECK(munmap(memory + kPage, kPage) == 0);
  CHECK_ERRNO(ENOMEM, msync(memory, 3 * kPage, MS_SYNC));
  CHECK_ERRNO(ENOMEM, msync(memory, 3 * kPage, MS_ASYNC));
  CHECK_ERRNO(ENOMEM, msync(memory + kPage, kPage, MS_SYNC));
  CHECK_ERRNO(ENOMEM, msync(memory, SIZE_MAX - 8 * kPage, MS_SYNC));
  // Locked memory cannot be given up.
  CHECK(mlock(memory, kPage) == 0);
  CHECK_ERRNO(EBUSY, msync(memory, kPage, MS_INVALIDATE));
  CHECK(msync(memory, kPage, MS_SYNC) == 0 && munlock(memory, kPage) == 0 && msync(memory, kPage, MS_INVALIDATE) == 0);
}

static void moved(void) {
  const int file = file_of("f", 6 * kPage);
  for (int page = 0; page < 6; ++page) CHECK(pwrite(file, &"abcdef"[page], 1, page * kPage) == 1);
  unsigned char *memory = map_file(file, 2 * kPage, PROT_READ | PROT_WRITE, MAP_SHARED, kPage);
  CHECK(memory[0] == 'b' && memory[kPage] == 'c');
  // Grown, it shows more of the file.
  unsigned char *larger = mremap(memory, 2 * kPage, 6 * kPage, MREMAP_MAYMOVE);
  CHECK(larger != MAP_FAILED && larger[0] == 'b' && larger[4 * kPage] == 'f' && past_end(larger + 5 * kPage));
  larger[3 * kPage] = 'E';
  CHECK(byte_at(file, 4 * kPage) == 'E');
  CHECK(mremap(larger, 6 * kPage, 3 * kPage, 0) == larger && larger[2 * kPage] == 'd');
  CHECK(faults_with(larger + 3 * kPage, kTouchRead, SIGSEGV, SEGV_MAPERR));
  // From the middle to a place that holds something else.
  unsigned char *place = mmap(NULL, 4 * kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  memset(place, 'z', 4 * kPage);
  CHECK(mremap(larger + kPage, kPage, 2 * kPage, MREMAP_MAYMOVE | MREMAP_FIXED, place + kPage) == place + kPage);
  CHECK(place[0] == 'z' && place[kPage] == 'c' && place[2 * kPage] == 'd' && place[3 * kPage] == 'z');
  CHECK(larger[0] == 'b' && larger[2 * kPage] == 'd' && faults_with(larger + kPage, kTouchRead, SIGSEGV, SEGV_MAPERR));
  place[kPage + 1] = 'y';
  CHECK(byte_at(file, 2 * kPage + 1) == 'y');
  CHECK(mremap(place, kPage, kPage, MREMAP_MAYMOVE | MREMAP_FIXED, place) == MAP_FAILED && errno == EINVAL);
  CHECK(mremap(place, kPage, kPage, MREMAP_FIXED, larger) == MAP_FAILED && errno == EINVAL);
  CHECK(mremap(place, kPage, kPage, MREMAP_MAYMOVE | MREMAP_FIXED, place + 1) == MAP_FAILED && errno == EINVAL);
  CHECK(mremap(place + 1, kPage, kPage, MREMAP_MAYMOVE) == MAP_FAILED && errno == EINVAL);
  CHECK(mremap(place, kPage, kPage, 8) == MAP_FAILED && errno == EINVAL);
  // Over two areas at once, it cannot grow.
  CHECK(mremap(place, 2 * kPage, 3 * kPage, MREMAP_MAYMOVE) == MAP_FAILED && errno == EFAULT);
}

static void moved_private(void) {
  const int file = file_of("f", 4 * kPage);
  unsigned char *memory = map_file(file, 2 * kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE, 0);
  memory[0] = 'p';
  CHECK(memory[kPage] == 0);
  unsigned char *there = mmap(NULL, 8 * kPage, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CHECK(mremap(memory, 2 * kPage, 4 * kPage, MREMAP_MAYMOVE | MREMAP_FIXED, there + kPage) == there + kPage);
  CHECK(there[kPage] == 'p' && byte_at(file, 0) == 0);
  CHECK(pwrite(file, "0123", 4, kPage) == 4 && pwrite(file, "w", 1, 3 * kPage) == 1);
  CHECK(there[2 * kPage] == '0' && there[4 * kPage] == 'w');
  there[4 * kPage] = 'v';
  CHECK(byte_at(file, 3 * kPage) == 'w');
}

static void second_mapping(void) {
  const int file = file_of("f", 2 * kPage);
  unsigned char *memory = map_file(file, 2 * kPage, PROT_READ | PROT_WRITE, MAP_SHARED, 0);
  unsigned char *twin = mremap(memory, 0, 2 * kPage, MREMAP_MAYMOVE);
  CHECK(twin != MAP_FAILED && twin != memory);
  memory[kPage] = 5;
  twin[0] = 6;
  CHECK(twin[kPage] == 5 && memory[0] == 6);
  unsigned char *anonymous = mmap(NULL, 2 * kPage, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  unsigned char *second = mremap(anonymous + kPage, 0, kPage, MREMAP_MAYMOVE);
  CHECK(second != MAP_FAILED);
  anonymous[kPage] = 7;
  CHECK(second[0] == 7 && munmap(anonymous, 2 * kPage) == 0 && second[0] == 7);
  unsigned char *private = map_file(file, kPage, PROT_READ, MAP_PRIVATE, 0);
  CHECK(mremap(private, 0, kPage, MREMAP_MAYMOVE) == MAP_FAILED && errno == EINVAL);
  CHECK(mremap(memory, 0, kPage, 0) == MAP_FAILED);
}

static void moved_and_kept(void) {
  unsigned char *memory = mmap(NULL, 2 * kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  memset(memory, 'a', 2 * kPage);
  unsigned char *there = mremap(memory, 2 * kPage, 2 * kPage, MREMAP_MAYMOVE | MREMAP_DONTUNMAP);
  CHECK(there != MAP_FAILED && there != memory && there[0] == 'a' && there[2 * kPage - 1] == 'a');
  CHECK(memory[0] == 0 && memory[kPage] == 0);
  memory[0] = 'b';
  CHECK(there[0] == 'a');
  CHECK(mremap(memory, 2 * kPage, kPage, MREMAP_MAYMOVE | MREMAP_DONTUNMAP) == MAP_FAILED && errno == EINVAL);
  CHECK(mremap(memory, 2 * kPage, 2 * kPage, MREMAP_DONTUNMAP) == MAP_FAILED && errno == EINVAL);
  unsigned char *chosen = mmap(NULL, 2 * kPage, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CHECK(mremap(there, 2 * kPage, 2 * kPage, MREMAP_MAYMOVE | MREMAP_DONTUNMAP | MREMAP_FIXED, chosen) == chosen);
  CHECK(chosen[0] == 'a' && there[0] == 0);
  const int file = file_of("f", kPage);
  unsigned char *shared = map_file(file, kPage, PROT_READ | PROT_WRITE, MAP_SHARED, 0);
  shared[0] = 's';
  unsigned char *twin = mremap(shared, kPage, kPage, MREMAP_MAYMOVE | MREMAP_DONTUNMAP);
  CHECK(twin != MAP_FAILED && twin[0] == 's' && shared[0] == 's');
  twin[1] = 't';
  CHECK(shared[1] == 't');
}

static void unlinked(void) {
  const int file = file_of("gone", 2 * kPage);
  unsigned char *memory = map_file(file, 2 * kPage, PROT_READ | PROT_WRITE, MAP_SHARED, kPage);
  CHECK(close(file) == 0 && unlink("gone") == 0);
  memory[0] = 'k';
  CHECK(memory[0] == 'k' && past_end(memory + kPage));
  struct map_line line;
  CHECK(map_of(memory, &line) && line.shared && line.offset == kPage && line.end - line.start == 2 * kPage);
  CHECK(strstr(line.name, "/gone (deleted)") != NULL);
  const int other = file_of("gone", kPage);
  unsigned char *fresh = map_file(other, kPage, PROT_READ, MAP_SHARED, 0);
  CHECK(fresh[0] == 0 && memory[0] == 'k');
}

// The kernel's own copy meets the end of a file too.
static void call_past_end(void) {
  const int file = file_of("f", kPage);
  unsigned char *memory = map_file(file, 3 * kPage, PROT_READ | PROT_WRITE, MAP_SHARED, 0);
  make_file("text", "0123456789");
  const int text = open("text", O_RDWR);
  CHECK_ERRNO(EFAULT, pread(text, memory + kPage, 10, 0));
  CHECK(pread(text, memory + kPage - 4, 10, 0) == 4 && memcmp(memory + kPage - 4, "0123", 4) == 0);
  CHECK_ERRNO(EFAULT, pwrite(text, memory + kPage, 10, 0));
  CHECK(pwrite(text, memory + kPage - 4, 10, 0) == 4);
  CHECK_ERRNO(EFAULT, syscall(SYS_newfstatat, AT_FDCWD, "text", memory + kPage, 0));
  int ends[2];
  CHECK(pipe(ends) == 0 && write(ends[1], "abc", 3) == 3);
  CHECK_ERRNO(EFAULT, read(ends[0], memory + kPage, 3));
  char bytes[8];
  struct iovec here = {bytes, 8}, there = {memory + kPage - 4, 8}, behind = {memory + kPage, 8};
  CHECK_ERRNO(EFAULT, process_vm_readv(getpid(), &here, 1, &behind, 1, 0));
  const ssize_t got = process_vm_readv(getpid(), &here, 1, &there, 1, 0);
  CHECK(got == 4 && memcmp(bytes, "0123", 4) == 0);
  CHECK_ERRNO(EFAULT, process_vm_writev(getpid(), &here, 1, &behind, 1, 0));
  const int self = open("/proc/self/mem", O_RDWR);
  CHECK(self >= 0);
  CHECK_ERRNO(EIO, pread(self, bytes, 4, (off_t)(uintptr_t)(memory + kPage)));
  CHECK(pread(self, bytes, 8, (off_t)(uintptr_t)(memory + kPage - 4)) == 4);
}

// A file that reads into its own mapping.
static void onto_itself(void) {
  const int file = file_of("f", 2 * kPage);
  unsigned char *memory = map_file(file, 2 * kPage, PROT_READ | PROT_WRITE, MAP_SHARED, 0);
  strcpy((char *)memory, "to and fro");
  CHECK(pwrite(file, memory, 11, kPage) == 11 && strcmp((char *)memory + kPage, "to and fro") == 0);
  memory[kPage] = 'T';
  CHECK(pread(file, memory + 100, 11, kPage) == 11 && strcmp((char *)memory + 100, "To and fro") == 0);
  CHECK(pread(file, memory, kPage, kPage) == kPage && memory[0] == 'T');
  unsigned char *private = map_file(file, 2 * kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE, 0);
  CHECK(pread(file, private, kPage, kPage) == kPage && private[0] == 'T');
  CHECK(pwrite(file, private + kPage, kPage, 0) == kPage && memory[0] == 'T');
}

static void copy_file(const char *from, const char *to) {
  static char bytes[65536];
  const int source = open(from, O_RDONLY), target = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0755);
  CHECK(source >= 0 && target >= 0);
  ssize_t got;
  while ((got = read(source, bytes, sizeof(bytes))) > 0) CHECK(write(target, bytes, (size_t)got) == got);
  CHECK(got == 0 && close(source) == 0 && close(target) == 0);
}

static void busy_program(void) {
  copy_file("/proc/self/exe", "program");
  int file = open("program", O_RDWR);
  char *const words[] = {"program", "--wait-for-input", NULL};
  CHECK_ERRNO(ETXTBSY, execv("./program", words));
  unsigned char *memory = map_file(file, kPage, PROT_READ | PROT_WRITE, MAP_SHARED, 0);
  CHECK(close(file) == 0);
  // A shared mapping that may write holds the file open for writing.
  CHECK_ERRNO(ETXTBSY, execv("./program", words));
  CHECK(munmap(memory, kPage) == 0);
  int to[2], from[2];
  CHECK(pipe(to) == 0 && pipe(from) == 0);
  const pid_t child = fork();
  if (child == 0) {
    dup2(to[0], 0);
    dup2(from[1], 1);
    execv("./program", words);
    _exit(3);
  }
  char byte;
  CHECK(read(from[0], &byte, 1) == 1 && byte == 'r');
  CHECK_ERRNO(ETXTBSY, open("program", O_WRONLY));
  CHECK_ERRNO(ETXTBSY, open("program", O_RDWR | O_TRUNC));
  CHECK_ERRNO(ETXTBSY, truncate("program", 0));
  CHECK((file = open("program", O_RDONLY)) >= 0);
  memory = map_file(file, kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE, 0);
  memory[0] = 1;
  CHECK(unlink("program") == 0 && write(to[1], "x", 1) == 1);
  ended_well(child);
  CHECK(close(file) == 0);
}

// Threads and processes wait for each other on words in a file.
static void holds_in_a_child(void) {
  const int file = file_of("f", 2 * kPage);
  unsigned char *shared = map_file(file, 2 * kPage, PROT_READ | PROT_WRITE, MAP_SHARED, 0);
  unsigned char *private = map_file(file, 2 * kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE, 0);
  CHECK(shared[0] == 0 && private[0] == 0);
  private[kPage] = 'p';
  struct turns turns;
  make_turns(&turns);
  const pid_t child = fork();
  if (child == 0) {
    shared[0] = 'c';
    private[kPage] = 'C';
    private[0] = 'D';
    acted(&turns);
    await_turn(&turns);
    if (shared[1] != 'P' || private[1] != 0 || private[kPage] != 'C') _exit(1);
    acted(&turns);
    _exit(0);
  }
  char byte;
  CHECK(read(turns.done[0], &byte, 1) == 1);
  CHECK(shared[0] == 'c' && private[0] == 'c' && private[kPage] == 'p');
  shared[1] = 'P';
  CHECK(private[1] == 'P');
  let_act(&turns);
  ended_well(child);
}

static void replaced(void) {
  const int file = file_of("f", 4 * kPage);
  for (int page = 0; page < 4; ++page) CHECK(pwrite(file, &"abcd"[page], 1, page * kPage) == 1);
  unsigned char *memory = map_file(file, 4 * kPage, PROT_READ, MAP_SHARED, 0);
  CHECK(memory[kPage] == 'b');
  // Pages of the same file in another order, one over the other.
  CHECK(mmap(memory + kPage, kPage, PROT_READ, MAP_SHARED | MAP_FIXED, file, 3 * kPage) == memory + kPage);
  CHECK(mmap(memory + 3 * kPage, kPage, PROT_READ, MAP_SHARED | MAP_FIXED, file, kPage) == memory + 3 * kPage);
  CHECK(memory[0] == 'a' && memory[kPage] == 'd' && memory[2 * kPage] == 'c' && memory[3 * kPage] == 'b');
  struct map_line line;
  CHECK(map_of(memory + kPage, &line) && line.start == (uintptr_t)memory + kPage && line.end == line.start + kPage && line.offset == 3 * kPage);
  CHECK(mmap(memory + kPage, kPage, PROT_READ, MAP_SHARED | MAP_FIXED, file, kPage) == memory + kPage);
  CHECK(map_of(memory, &line) && line.end == (uintptr_t)memory + 3 * kPage && line.offset == 0 && memory[kPage] == 'b');
}

static void lines_of_maps(void) {
  const int file = file_of("f", 8 * kPage);
  unsigned char *memory = map_file(file, 8 * kPage, PROT_READ | PROT_WRITE, MAP_SHARED, 0);
  struct stat status;
  CHECK(fstat(file, &status) == 0);
  struct map_line line;
  CHECK(map_of(memory, &line) && line.start == (uintptr_t)memory && line.end == (uintptr_t)memory + 8 * kPage);
  CHECK(strcmp(line.rights, "rw-s") == 0 && line.inode == status.st_ino && line.device == status.st_dev);
  CHECK(mprotect(memory + 2 * kPage, kPage, PROT_READ) == 0);
  CHECK(map_of(memory, &line) && line.end == (uintptr_t)memory + 2 * kPage);
  CHECK(map_of(memory + 2 * kPage, &line) && strcmp(line.rights, "r--s") == 0 && line.offset == 2 * kPage && line.end - line.start == kPage);
  CHECK(map_of(memory + 3 * kPage, &line) && strcmp(line.rights, "rw-s") == 0 && line.offset == 3 * kPage);
  CHECK(munmap(memory + 4 * kPage, kPage) == 0 && !map_of(memory + 4 * kPage, &line));
  CHECK(map_of(memory + 5 * kPage, &line) && line.offset == 5 * kPage);
  CHECK(mprotect(memory, 4 * kPage, PROT_READ | PROT_WRITE) == 0 && map_of(memory, &line) && line.end == (uintptr_t)memory + 4 * kPage);
  unsigned char *there = mremap(memory, 4 * kPage, 6 * kPage, MREMAP_MAYMOVE);
  CHECK(there != MAP_FAILED && map_of(there, &line) && line.end - line.start == 6 * kPage && line.offset == 0);
  unsigned char *private = map_file(file, 2 * kPage, PROT_READ | PROT_EXEC, MAP_PRIVATE, 4 * kPage);
  CHECK(map_of(private, &line) && strcmp(line.rights, "r-xp") == 0 && line.offset == 4 * kPage);
  unsigned char *none = mmap(NULL, kPage, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CHECK(map_of(none, &line) && strcmp(line.rights, "---p") == 0 && line.inode == 0);
}

static void pages_in_smaps(void) {
  const int file = file_of("f", 8 * kPage);
  unsigned char *memory = map_file(file, 8 * kPage, PROT_READ | PROT_WRITE, MAP_SHARED, 0);
  CHECK(smaps_of(memory, "Size") == 32 && smaps_of(memory, "Rss") == 0);
  memset(memory, 1, 3 * kPage);
  CHECK(smaps_of(memory, "Rss") >= 12 && smaps_of(memory, "Anonymous") == 0);
  CHECK(madvise(memory, 8 * kPage, MADV_DONTNEED) == 0 && smaps_of(memory, "Rss") == 0);
  unsigned char *private = map_file(file, 8 * kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE, 0);
  private[0] = 2;
  private[kPage] = 2;
  CHECK(smaps_of(private, "Anonymous") == 8 && smaps_of(private, "Private_Dirty") >= 8);
  CHECK(ftruncate(file, kPage) == 0 && smaps_of(private, "Anonymous") == 4);
  CHECK(mlock(private, kPage) == 0 && smaps_of(private, "Locked") == 4 && munlock(private, kPage) == 0 && smaps_of(private, "Locked") == 0);
}

// Looking at one page of a hole fills no others.
static void holes_stay(void) {
  const int file = file_of("f", 64 * kPage);
  unsigned char *memory = map_file(file, 64 * kPage, PROT_READ | PROT_WRITE, MAP_SHARED, 0);
  struct stat status;
  memory[20 * kPage] = 1;
  CHECK(memory[40 * kPage] == 0 && fstat(file, &status) == 0 && status.st_blocks <= 2 * kPage / 512);
  CHECK(lseek(file, 0, SEEK_DATA) == 20 * kPage && lseek(file, 20 * kPage, SEEK_HOLE) == 21 * kPage);
}

// A hole that the file system has no room to fill.
static void file_system_full(void) {
  CHECK(unshare(CLONE_NEWNS) == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0);
  CHECK(mkdir("m", 0755) == 0 && mount("none", "m", "tmpfs", 0, "size=32k") == 0);
  const int file = file_of("m/f", 64 * kPage);
  unsigned char *memory = map_file(file, 64 * kPage, PROT_READ | PROT_WRITE, MAP_SHARED, 0);
  int filled = 0;
  while (filled < 64 && accessible(memory + filled * kPage, kTouchWrite)) ++filled;
  CHECK(filled > 0 && filled <= 8 && faults_with(memory + filled * kPage, kTouchWrite, SIGBUS, BUS_ADRERR));
  CHECK_ERRNO(ENOSPC, pwrite(file, "x", 1, 60 * kPage));
  CHECK_ERRNO(EFAULT, pread(file, memory + 60 * kPage, 1, 0));
  CHECK(fallocate(file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, kPage) == 0 && accessible(memory + 60 * kPage, kTouchWrite));
  CHECK(munmap(memory, 64 * kPage) == 0 && close(file) == 0 && umount("m") == 0);
}

static const struct test tests[] = {
    {"one_cache", one_cache},
    {"private_follows_until_written", private_follows_until_written},
    {"shrunk_below", shrunk_below},
    {"shrunk_below_another", shrunk_below_another},
    {"tail_is_zero", tail_is_zero},
    {"write_past_end", write_past_end},
    {"hole_punched", hole_punched},
    {"removed_by_advice", removed_by_advice},
    {"dropped_by_advice", dropped_by_advice},
    {"write_right", write_right},
    {"written_out", written_out},
    {"moved", moved},
    {"moved_private", moved_private},
    {"second_mapping", second_mapping},
    {"moved_and_kept", moved_and_kept},
    {"unlinked", unlinked},
    {"call_past_end", call_past_end},
    {"onto_itself", onto_itself},
    {"busy_program", busy_program},
    {"holds_in_a_child", holds_in_a_child},
    {"replaced", replaced},
    {"lines_of_maps", lines_of_maps},
    {"pages_in_smaps", pages_in_smaps},
    {"holes_stay", holes_stay},
    {"file_system_full", file_system_full},
};
SUITE(mapping_suite, "mapping", tests);
