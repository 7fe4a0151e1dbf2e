// SPDX-License-Identifier: Apache-2.0
// Data from descriptor to descriptor: splice, tee, vmsplice, sendfile, copy_file_range, sync_file_range.
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "test.h"

static char bytes[65536];

static void file_to_pipe(void) {
  int ends[2];
  make_file("f", "0123456789");
  const int file = open("f", O_RDWR);
  off64_t at = 4;
  CHECK(pipe(ends) == 0 && splice(file, &at, ends[1], NULL, 3, 0) == 3 && at == 7);
  CHECK(read(ends[0], bytes, 100) == 3 && memcmp(bytes, "456", 3) == 0 && lseek(file, 0, SEEK_CUR) == 0);
  CHECK(splice(file, NULL, ends[1], NULL, 100, SPLICE_F_MOVE | SPLICE_F_MORE) == 10 && lseek(file, 0, SEEK_CUR) == 10);
  CHECK(splice(file, NULL, ends[1], NULL, 100, 0) == 0 && read(ends[0], bytes, 100) == 10);
  // More than a pipe holds: what fits.
  const int big = open("big", O_RDWR | O_CREAT, 0600);
  CHECK(ftruncate(big, 200000) == 0 && splice(big, NULL, ends[1], NULL, 200000, SPLICE_F_NONBLOCK) == 65536);
  CHECK_ERRNO(EAGAIN, splice(big, NULL, ends[1], NULL, 100, SPLICE_F_NONBLOCK));
  CHECK(lseek(big, 0, SEEK_CUR) == 65536);
}

static void pipe_to_file(void) {
  int ends[2];
  const int file = open("f", O_RDWR | O_CREAT, 0600);
  CHECK(pipe(ends) == 0 && write(ends[1], "abcdef", 6) == 6);
  off64_t at = 2;
  CHECK(splice(ends[0], NULL, file, &at, 4, 0) == 4 && at == 6 && lseek(file, 0, SEEK_CUR) == 0);
  CHECK(splice(ends[0], NULL, file, NULL, 100, 0) == 2 && lseek(file, 0, SEEK_CUR) == 2);
  CHECK(pread(file, bytes, 100, 0) == 6 && memcmp(bytes, "efabcd", 6) == 0);
  CHECK_ERRNO(EAGAIN, splice(ends[0], NULL, file, NULL, 1, SPLICE_F_NONBLOCK));
  CHECK(close(ends[1]) == 0 && splice(ends[0], NULL, file, NULL, 1, 0) == 0);
}

static void pipe_to_pipe(void) {
  int one[2], two[2];
  CHECK(pipe(one) == 0 && pipe(two) == 0 && write(one[1], "abcdef", 6) == 6);
  CHECK(tee(one[0], two[1], 4, 0) == 4 && read(two[0], bytes, 100) == 4 && memcmp(bytes, "abcd", 4) == 0);
  CHECK(splice(one[0], NULL, two[1], NULL, 5, 0) == 5 && read(two[0], bytes, 100) == 5 && memcmp(bytes, "abcde", 5) == 0);
  CHECK(tee(one[0], two[1], 100, 0) == 1 && splice(one[0], NULL, two[1], NULL, 100, 0) == 1);
  CHECK(read(two[0], bytes, 100) == 2 && memcmp(bytes, "ff", 2) == 0);
  CHECK_ERRNO(EAGAIN, tee(one[0], two[1], 100, SPLICE_F_NONBLOCK));
  CHECK_ERRNO(EAGAIN, splice(one[0], NULL, two[1], NULL, 100, SPLICE_F_NONBLOCK));
  CHECK_ERRNO(EINVAL, tee(one[0], one[1], 1, 0));
  CHECK_ERRNO(EINVAL, splice(one[0], NULL, one[1], NULL, 1, 0));
  CHECK(close(one[1]) == 0 && tee(one[0], two[1], 100, 0) == 0 && splice(one[0], NULL, two[1], NULL, 1, 0) == 0);
}

static void broken(void) {
  int one[2], two[2];
  signal(SIGPIPE, SIG_IGN);
  CHECK(pipe(one) == 0 && pipe(two) == 0 && write(one[1], "a", 1) == 1 && close(two[0]) == 0);
  CHECK_ERRNO(EPIPE, splice(one[0], NULL, two[1], NULL, 1, 0));
  CHECK_ERRNO(EPIPE, tee(one[0], two[1], 1, 0));
  CHECK(read(one[0], bytes, 10) == 1);
}

static void splice_errors(void) {
  int ends[2];
  off64_t at = 0, negative = -1;
  make_file("f", "0123456789");
  const int file = open("f", O_RDWR), append = open("f", O_WRONLY | O_APPEND), only = open("f", O_WRONLY);
  CHECK(pipe(ends) == 0 && write(ends[1], "abc", 3) == 3);
  CHECK_ERRNO(EINVAL, splice(file, NULL, append, NULL, 1, 0));  // no pipe
  CHECK_ERRNO(EBADF, splice(1000, NULL, ends[1], NULL, 1, 0));
  CHECK_ERRNO(EBADF, splice(file, NULL, 1000, NULL, 1, 0));
  CHECK_ERRNO(EBADF, splice(only, NULL, ends[1], NULL, 1, 0));
  CHECK_ERRNO(EBADF, splice(file, NULL, ends[0], NULL, 1, 0));
  CHECK_ERRNO(ESPIPE, splice(file, NULL, ends[1], &at, 1, 0));
  CHECK_ERRNO(ESPIPE, splice(ends[0], &at, file, NULL, 1, 0));
  CHECK_ERRNO(EINVAL, splice(ends[0], NULL, append, NULL, 1, 0));
  CHECK_ERRNO(EINVAL, splice(file, NULL, ends[1], NULL, 1, 16));
  CHECK_ERRNO(EFAULT, splice(file, (off64_t *)8, ends[1], NULL, 1, 0));
  CHECK_ERRNO(EINVAL, splice(file, &negative, ends[1], NULL, 1, 0));
  CHECK_ERRNO(EINVAL, tee(file, ends[1], 1, 0));
  CHECK_ERRNO(EINVAL, tee(ends[0], file, 1, 0));
  CHECK_ERRNO(EBADF, tee(1000, ends[1], 1, 0));
  CHECK_ERRNO(EINVAL, tee(ends[0], ends[1], 1, 16));
  CHECK(splice(file, NULL, ends[1], NULL, 0, 0) == 0 && splice(1000, NULL, 1000, NULL, 0, 0) == 0);
}

// A splice that waits goes on when there is something.
static void waits(void) {
  int one[2], two[2];
  CHECK(pipe(one) == 0 && pipe(two) == 0);
  const pid_t child = fork();
  if (child == 0) {
    CHECK(splice(one[0], NULL, two[1], NULL, 10, 0) == 3);
    _exit(0);
  }
  CHECK(wait_for_state(child, 'S') && write(one[1], "xyz", 3) == 3 && read(two[0], bytes, 10) == 3);
  int status;
  CHECK(memcmp(bytes, "xyz", 3) == 0 && waitpid(child, &status, 0) == child && ended_with(status, 0));
}

static void from_memory(void) {
  int ends[2];
  struct iovec parts[2] = {{(void *)"hello ", 6}, {(void *)"world", 5}};
  CHECK(pipe(ends) == 0 && vmsplice(ends[1], parts, 2, 0) == 11);
  CHECK(read(ends[0], bytes, 100) == 11 && memcmp(bytes, "hello world", 11) == 0);
  CHECK(write(ends[1], "abcdef", 6) == 6);
  struct iovec into[2] = {{bytes, 2}, {bytes + 10, 100}};
  CHECK(vmsplice(ends[0], into, 2, 0) == 6 && memcmp(bytes, "ab", 2) == 0 && memcmp(bytes + 10, "cdef", 4) == 0);
  CHECK_ERRNO(EAGAIN, vmsplice(ends[0], into, 2, SPLICE_F_NONBLOCK));
  CHECK_ERRNO(EBADF, vmsplice(1000, parts, 2, 0));
  make_file("f", "x");
  CHECK_ERRNO(EBADF, vmsplice(open("f", O_RDWR), parts, 2, 0));
  CHECK_ERRNO(EINVAL, vmsplice(ends[1], parts, 2, 16));
  CHECK_ERRNO(EINVAL, vmsplice(ends[1], parts, 2000, 0));
  CHECK(vmsplice(ends[1], parts, 0, 0) == 0);
}

static void send_files(void) {
  int ends[2];
  off64_t at = 3;
  make_file("f", "0123456789");
  const int in = open("f", O_RDONLY), out = open("g", O_RDWR | O_CREAT, 0600), append = open("g", O_WRONLY | O_APPEND);
  CHECK(pipe(ends) == 0 && sendfile(out, in, &at, 4) == 4 && at == 7 && lseek(in, 0, SEEK_CUR) == 0);
  CHECK(sendfile(ends[1], in, NULL, 100) == 10 && lseek(in, 0, SEEK_CUR) == 10 && sendfile(ends[1], in, NULL, 9) == 0);
  CHECK(pread(out, bytes, 100, 0) == 4 && memcmp(bytes, "3456", 4) == 0);
  CHECK_ERRNO(EINVAL, sendfile(append, in, NULL, 1));
  CHECK_ERRNO(EBADF, sendfile(in, in, NULL, 1));
  CHECK_ERRNO(ESPIPE, sendfile(out, ends[0], &at, 1));
  CHECK_ERRNO(EFAULT, sendfile(out, in, (off64_t *)8, 1));
  at = -1;
  CHECK_ERRNO(EINVAL, sendfile(out, in, &at, 1));
}

static void ranges(void) {
  int ends[2];
  off64_t from = 2, to = 20;
  make_file("f", "0123456789");
  const int in = open("f", O_RDWR), out = open("g", O_RDWR | O_CREAT, 0600), append = open("g", O_WRONLY | O_APPEND);
  CHECK(pipe(ends) == 0 && copy_file_range(in, &from, out, &to, 100, 0) == 8 && from == 10 && to == 28);
  CHECK(lseek(out, 0, SEEK_END) == 28 && pread(out, bytes, 8, 20) == 8 && memcmp(bytes, "23456789", 8) == 0);
  CHECK(copy_file_range(in, &from, out, &to, 100, 0) == 0);
  from = 0, to = 5;
  CHECK(copy_file_range(in, &from, in, &to, 5, 0) == 5 && pread(in, bytes, 100, 0) == 10 && memcmp(bytes, "0123401234", 10) == 0);
  from = 0, to = 3;
  CHECK_ERRNO(EINVAL, copy_file_range(in, &from, in, &to, 5, 0));
  CHECK_ERRNO(EINVAL, copy_file_range(in, NULL, out, NULL, 5, 1));
  CHECK_ERRNO(EBADF, copy_file_range(in, NULL, append, NULL, 5, 0));
  CHECK_ERRNO(EINVAL, copy_file_range(in, NULL, ends[1], NULL, 5, 0));
  CHECK_ERRNO(EISDIR, copy_file_range(open(".", O_RDONLY), NULL, out, NULL, 5, 0));
}

static void sync_ranges(void) {
  int ends[2];
  make_file("f", "0123456789");
  const int file = open("f", O_RDWR);
  CHECK(pipe(ends) == 0 && sync_file_range(file, 0, 0, SYNC_FILE_RANGE_WRITE) == 0);
  CHECK(sync_file_range(file, 5, 100, SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER) == 0);
  CHECK_ERRNO(EINVAL, sync_file_range(file, 0, 0, 8));
  CHECK_ERRNO(EINVAL, sync_file_range(file, -1, 0, 1));
  CHECK_ERRNO(EINVAL, sync_file_range(file, 0, -1, 1));
  CHECK_ERRNO(ESPIPE, sync_file_range(ends[0], 0, 0, 1));
  CHECK_ERRNO(EBADF, sync_file_range(1000, 0, 0, 1));
}

static const struct test tests[] = {
    {"file_to_pipe", file_to_pipe}, {"pipe_to_file", pipe_to_file}, {"pipe_to_pipe", pipe_to_pipe},
    {"broken", broken},             {"splice_errors", splice_errors}, {"waits", waits},
    {"from_memory", from_memory},   {"send_files", send_files},     {"ranges", ranges},
    {"sync_ranges", sync_ranges},
};
SUITE(copy_suite, "copy", tests);
