// SPDX-License-Identifier: Apache-2.0
// Open files: offsets, flags, duplication, truncation, vectors, times.
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/resource.h>
#include <signal.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "test.h"

static int has_text(const char *path, const char *text) {
  char got[256];
  const int file = open(path, O_RDONLY);
  const ssize_t bytes = read(file, got, sizeof(got));
  close(file);
  return bytes == (ssize_t)strlen(text) && memcmp(got, text, (size_t)bytes) == 0;
}

static void open_flags(void) {
  CHECK_ERRNO(ENOENT, open("f", O_RDWR));
  const int file = open("f", O_RDWR | O_CREAT | O_EXCL, 0666);
  CHECK(file >= 0);
  struct stat status;
  CHECK(fstat(file, &status) == 0 && (status.st_mode & 07777) == 0644 && status.st_nlink == 1 && S_ISREG(status.st_mode));
  CHECK_ERRNO(EEXIST, open("f", O_RDWR | O_CREAT | O_EXCL, 0666));
  CHECK_ERRNO(ENOTDIR, open("f", O_RDONLY | O_DIRECTORY));
  CHECK_ERRNO(ENOTDIR, open("f/x", O_RDONLY));
  CHECK_ERRNO(EISDIR, open(".", O_WRONLY));
  CHECK_ERRNO(EISDIR, open("/", O_RDWR | O_CREAT, 0644));
  CHECK_ERRNO(ENOENT, open("", O_RDONLY));
  CHECK(symlink("f", "l") == 0);
  CHECK_ERRNO(ELOOP, open("l", O_RDONLY | O_NOFOLLOW));
  CHECK_ERRNO(EEXIST, open("l", O_RDONLY | O_CREAT | O_EXCL, 0644));
  CHECK(symlink("made", "m") == 0 && open("m", O_WRONLY | O_CREAT, 0600) >= 0 && access("made", F_OK) == 0);
  CHECK(write(file, "text", 4) == 4 && open("f", O_WRONLY | O_TRUNC) >= 0 && fstat(file, &status) == 0 && status.st_size == 0);
  const int only_read = open("f", O_RDONLY), only_write = open("f", O_WRONLY);
  char byte;
  CHECK_ERRNO(EBADF, write(only_read, "x", 1));
  CHECK_ERRNO(EBADF, read(only_write, &byte, 1));
  CHECK_ERRNO(EBADF, read(1000, &byte, 1));
  CHECK_ERRNO(EISDIR, read(open(".", O_RDONLY), &byte, 1));
  CHECK((fcntl(only_write, F_GETFL) & O_ACCMODE) == O_WRONLY);
}

static void lowest_number(void) {
  const int a = dup(0), b = dup(0), c = dup(0);
  CHECK(b == a + 1 && c == b + 1 && close(b) == 0 && dup(0) == b && close(a) == 0 && open("/dev/null", O_RDONLY) == a);
  CHECK_ERRNO(EBADF, close(c + 1));
  CHECK(fcntl(0, F_DUPFD, 100) == 100 && fcntl(0, F_DUPFD, 100) == 101);
  CHECK_ERRNO(EINVAL, fcntl(0, F_DUPFD, -1));
}

static void append(void) {
  const int one = open("f", O_WRONLY | O_CREAT | O_APPEND, 0644), two = open("f", O_RDWR | O_APPEND);
  CHECK(write(one, "a", 1) == 1 && write(two, "b", 1) == 1 && write(one, "c", 1) == 1);
  CHECK(lseek(two, 0, SEEK_SET) == 0 && write(two, "d", 1) == 1 && has_text("f", "abcd"));
  CHECK(pwrite(two, "e", 1, 0) == 1 && has_text("f", "abcde"));  // Linux appends here, too
  const int many = open("g", O_WRONLY | O_CREAT | O_APPEND, 0644);
  for (int child = 0; child < 4; ++child) {
    if (fork() == 0) {
      for (int i = 0; i < 200; ++i) CHECK(write(many, "0123456789", 10) == 10);
      _exit(0);
    }
  }
  int status;
  while (wait(&status) > 0) CHECK(ended_with(status, 0));
  struct stat info;
  CHECK(fstat(many, &info) == 0 && info.st_size == 8000);
}

static void duplicates(void) {
  make_file("f", "0123456789");
  const int one = open("f", O_RDONLY), two = dup(one), other = open("f", O_RDONLY);
  char bytes[4];
  CHECK(read(one, bytes, 3) == 3 && read(two, bytes, 1) == 1 && bytes[0] == '3' && lseek(one, 0, SEEK_CUR) == 4);
  CHECK(read(other, bytes, 1) == 1 && bytes[0] == '0');
  if (fork() == 0) _exit(lseek(one, 7, SEEK_SET) == 7 ? 0 : 1);
  CHECK(wait(NULL) > 0 && lseek(two, 0, SEEK_CUR) == 7);
  CHECK(dup2(one, one) == one && dup2(one, other) == other && lseek(other, 0, SEEK_CUR) == 7);
  CHECK_ERRNO(EBADF, dup2(500, 501));
  CHECK_ERRNO(EINVAL, dup3(one, one, 0));
  CHECK(fcntl(one, F_SETFL, O_APPEND | O_NONBLOCK) == 0 && (fcntl(two, F_GETFL) & O_NONBLOCK));
}

static void close_on_exec_flag(void) {
  const int file = open("/dev/null", O_RDONLY | O_CLOEXEC);
  CHECK(fcntl(file, F_GETFD) == FD_CLOEXEC && fcntl(dup(file), F_GETFD) == 0);
  CHECK(fcntl(dup3(file, 50, O_CLOEXEC), F_GETFD) == FD_CLOEXEC && fcntl(fcntl(file, F_DUPFD_CLOEXEC, 60), F_GETFD) == FD_CLOEXEC);
  CHECK(fcntl(file, F_SETFD, 0) == 0 && fcntl(file, F_GETFD) == 0);
}

static void seek(void) {
  make_file("f", "0123456789");
  const int file = open("f", O_RDWR);
  CHECK(lseek(file, -2, SEEK_END) == 8 && lseek(file, 1, SEEK_CUR) == 9 && lseek(file, 100, SEEK_SET) == 100);
  char byte;
  CHECK(read(file, &byte, 1) == 0 && write(file, "x", 1) == 1 && lseek(file, 0, SEEK_END) == 101);
  CHECK(pread(file, &byte, 1, 50) == 1 && byte == 0);
  CHECK_ERRNO(EINVAL, lseek(file, -1, SEEK_SET));
  CHECK_ERRNO(EINVAL, lseek(file, 0, 99));
  CHECK_ERRNO(EINVAL, pread(file, &byte, 1, -1));
  int ends[2];
  CHECK(pipe(ends) == 0);
  CHECK_ERRNO(ESPIPE, lseek(ends[0], 0, SEEK_CUR));
  CHECK_ERRNO(ESPIPE, pread(ends[0], &byte, 1, 0));
}

static void truncation(void) {
  make_file("f", "0123456789");
  const int file = open("f", O_RDWR);
  CHECK(ftruncate(file, 3) == 0 && has_text("f", "012") && ftruncate(file, 6) == 0);
  char bytes[6];
  CHECK(pread(file, bytes, 6, 0) == 6 && memcmp(bytes, "012\0\0\0", 6) == 0);
  CHECK(truncate("f", 1) == 0 && has_text("f", "0"));
  CHECK_ERRNO(EINVAL, ftruncate(file, -1));
  CHECK_ERRNO(EINVAL, ftruncate(open("f", O_RDONLY), 1));
  CHECK_ERRNO(EISDIR, truncate(".", 0));
  CHECK(fallocate(file, 0, 0, 10000) == 0);
  struct stat status;
  CHECK(fstat(file, &status) == 0 && status.st_size == 10000 && status.st_blocks > 0);
}

static void size_limit(void) {
  const struct rlimit limit = {1000, 1000};
  CHECK(setrlimit(RLIMIT_FSIZE, &limit) == 0);
  signal(SIGXFSZ, SIG_IGN);
  static const char bytes[1500];
  const int file = open("f", O_RDWR | O_CREAT, 0644);
  CHECK(write(file, bytes, sizeof(bytes)) == 1000);
  CHECK_ERRNO(EFBIG, write(file, bytes, 1));
}

static volatile sig_atomic_t size_signals;
static void count_size_signal(int signal) {
  (void)signal;
  ++size_signals;
}

// The ways to write other than write itself.
static void size_limit_ways(void) {
  const struct rlimit limit = {10000, 10000};
  CHECK(setrlimit(RLIMIT_FSIZE, &limit) == 0);
  signal(SIGXFSZ, count_size_signal);
  static char bytes[20000];
  const int file = open("f", O_RDWR | O_CREAT, 0644);
  CHECK(pwrite(file, bytes, 3000, 9000) == 1000 && size_signals == 0);
  const struct iovec vector[2] = {{bytes, 9998}, {bytes, 100}};
  CHECK(writev(file, vector, 2) == 10000 && size_signals == 0);
  CHECK_ERRNO(EFBIG, writev(file, vector, 2));
  CHECK_ERRNO(EFBIG, pwritev(file, vector, 2, 10000));
  CHECK_ERRNO(EFBIG, ftruncate(file, 10001));
  CHECK_ERRNO(EFBIG, truncate("f", 10001));
  CHECK_ERRNO(EFBIG, fallocate(file, 0, 9000, 2000));
  CHECK_ERRNO(EFBIG, fallocate(file, FALLOC_FL_KEEP_SIZE, 9000, 2000));
  CHECK(size_signals == 6 && ftruncate(file, 10000) == 0 && ftruncate(file, 5000) == 0);
  const int other = open("g", O_RDWR | O_CREAT, 0644);
  off_t from = 0, to = 8000;
  CHECK(copy_file_range(file, &from, other, &to, 5000, 0) == 2000 && to == 10000 && size_signals == 6);
  CHECK_ERRNO(EFBIG, copy_file_range(file, &from, other, &to, 5000, 0));
  from = 0;
  CHECK(lseek(other, 9000, SEEK_SET) == 9000 && sendfile(other, file, &from, 5000) == 1000 && size_signals == 8);
  CHECK_ERRNO(EFBIG, sendfile(other, file, &from, 5000));
  CHECK(size_signals == 9);
  const int appended = open("f", O_WRONLY | O_APPEND);
  CHECK(write(appended, bytes, 20000) == 5000 && size_signals == 9);
  CHECK_ERRNO(EFBIG, write(appended, bytes, 1));
  CHECK(write(appended, bytes, 0) == 0 && size_signals == 10);
}

static void vectors(void) {
  const int file = open("f", O_RDWR | O_CREAT, 0644);
  struct iovec out[3] = {{(void *)"abc", 3}, {(void *)"", 0}, {(void *)"defg", 4}};
  CHECK(writev(file, out, 3) == 7 && has_text("f", "abcdefg"));
  char one[2], two[10];
  const struct iovec in[2] = {{one, 2}, {two, 10}};
  CHECK(preadv(file, in, 2, 1) == 6 && memcmp(one, "bc", 2) == 0 && memcmp(two, "defg", 4) == 0);
  CHECK_ERRNO(EINVAL, writev(file, out, 2000));
  CHECK_ERRNO(EINVAL, writev(file, out, -1));
  CHECK(readv(file, in, 0) == 0);
}

static void file_to_file(void) {
  make_file("f", "0123456789");
  const int from = open("f", O_RDONLY), to = open("g", O_RDWR | O_CREAT, 0644);
  off_t offset = 2;
  CHECK(sendfile(to, from, &offset, 5) == 5 && offset == 7 && has_text("g", "23456") && lseek(from, 0, SEEK_CUR) == 0);
  CHECK(sendfile(to, from, NULL, 100) == 10 && sendfile(to, from, NULL, 100) == 0);
  // A device that takes everything and looks at nothing.
  offset = 0;
  CHECK(sendfile(open("/dev/null", O_WRONLY), from, &offset, 100) == 10 && offset == 10);
}

static void times(void) {
  make_file("f", "x");
  const struct timespec set[2] = {{1000, 5}, {2000, 6}};
  struct stat status;
  CHECK(utimensat(AT_FDCWD, "f", set, 0) == 0 && stat("f", &status) == 0);
  CHECK(status.st_atim.tv_sec == 1000 && status.st_mtim.tv_sec == 2000 && status.st_mtim.tv_nsec == 6);
  const struct timespec keep[2] = {{0, UTIME_OMIT}, {0, UTIME_NOW}};
  CHECK(utimensat(AT_FDCWD, "f", keep, 0) == 0 && stat("f", &status) == 0);
  CHECK(status.st_atim.tv_sec == 1000 && status.st_mtim.tv_sec > 1000000000);
  CHECK(utimensat(AT_FDCWD, "f", set, 0) == 0);
  const int file = open("f", O_WRONLY);
  CHECK(write(file, "y", 1) == 1 && fstat(file, &status) == 0 && status.st_mtim.tv_sec > 1000000000);
  const struct timespec wrong[2] = {{0, 2000000000}, {0, 0}};
  CHECK_ERRNO(EINVAL, utimensat(AT_FDCWD, "f", wrong, 0));
}

static void modes(void) {
  make_file("f", "x");
  struct stat status;
  CHECK(chmod("f", 07751) == 0 && stat("f", &status) == 0 && (status.st_mode & 07777) == 07751);
  CHECK(chown("f", 5, 6) == 0 && stat("f", &status) == 0 && status.st_uid == 5 && status.st_gid == 6);
  CHECK((status.st_mode & 06000) == 0 || getuid() == 0);
  CHECK(access("f", X_OK) == 0 && chmod("f", 0600) == 0);
  CHECK_ERRNO(EACCES, access("f", X_OK));
  CHECK_ERRNO(ENOENT, access("none", F_OK));
  CHECK_ERRNO(EINVAL, access("f", 99));
  umask(0);
  CHECK(open("g", O_CREAT | O_WRONLY, 0777) >= 0 && stat("g", &status) == 0 && (status.st_mode & 0777) == 0777);
  CHECK(umask(077) == 0 && open("h", O_CREAT | O_WRONLY, 0666) >= 0 && stat("h", &status) == 0 && (status.st_mode & 0777) == 0600);
}

static void file_systems(void) {
  struct statfs info;
  CHECK(statfs("/tmp", &info) == 0 && info.f_type == 0x01021994 && info.f_bsize == 4096 && info.f_namelen == 255);
  CHECK(info.f_blocks >= info.f_bfree);
  CHECK(statfs("/proc", &info) == 0 && info.f_type == 0x9fa0);
  CHECK_ERRNO(ENOENT, statfs("none", &info));
}

static void path_only(void) {
  make_file("f", "x");
  const int file = open("f", O_PATH);
  char byte;
  struct stat status;
  CHECK(file >= 0 && fstat(file, &status) == 0 && status.st_size == 1);
  CHECK_ERRNO(EBADF, read(file, &byte, 1));
  CHECK(symlink("none", "l") == 0);
  const int link = open("l", O_PATH | O_NOFOLLOW);
  CHECK(link >= 0 && fstat(link, &status) == 0 && S_ISLNK(status.st_mode));
}

static const struct test tests[] = {
    {"open_flags", open_flags}, {"lowest_number", lowest_number}, {"append", append}, {"duplicates", duplicates},
    {"close_on_exec_flag", close_on_exec_flag}, {"seek", seek}, {"truncation", truncation}, {"size_limit", size_limit},
    {"size_limit_ways", size_limit_ways},
    {"vectors", vectors}, {"file_to_file", file_to_file}, {"times", times}, {"modes", modes}, {"file_systems", file_systems},
    {"path_only", path_only},
};
SUITE(file_suite, "file", tests);
