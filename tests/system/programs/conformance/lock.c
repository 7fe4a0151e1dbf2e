// SPDX-License-Identifier: Apache-2.0
// Locks on files: by process (fcntl), by open file (flock, F_OFD_*).
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include "test.h"

static int set_lock(int file, int command, short type, off_t start, off_t length) {
  struct flock lock = {.l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = length};
  return fcntl(file, command, &lock);
}

static struct flock blocking_lock(int file, short type, off_t start, off_t length) {
  struct flock lock = {.l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = length};
  CHECK(fcntl(file, F_GETLK, &lock) == 0);
  return lock;
}

static void in_child(void (*check)(int file), int file) {
  const pid_t child = fork();
  if (child == 0) {
    check(file);
    _exit(0);
  }
  int status;
  CHECK(waitpid(child, &status, 0) == child && ended_with(status, 0));
}

static void check_ranges(int file) {
  CHECK_ERRNO(EAGAIN, set_lock(file, F_SETLK, F_WRLCK, 5, 1));
  CHECK_ERRNO(EAGAIN, set_lock(file, F_SETLK, F_RDLCK, 19, 5));
  CHECK(set_lock(file, F_SETLK, F_WRLCK, 0, 5) == 0 && set_lock(file, F_SETLK, F_WRLCK, 20, 0) == 0);
  CHECK(set_lock(file, F_SETLK, F_WRLCK, 10, 5) == 0);
  const struct flock lock = blocking_lock(file, F_WRLCK, 0, 0);
  CHECK(lock.l_type == F_WRLCK && lock.l_pid == getppid() && lock.l_start == 5 && lock.l_len == 5);
}

static void ranges(void) {
  make_file("f", "");
  const int file = open("f", O_RDWR);
  CHECK(set_lock(file, F_SETLK, F_WRLCK, 5, 15) == 0 && set_lock(file, F_SETLK, F_UNLCK, 10, 5) == 0);
  CHECK(blocking_lock(file, F_WRLCK, 0, 0).l_type == F_UNLCK);  // own locks do not block
  in_child(check_ranges, file);
  const int reading = open("f", O_RDONLY);
  CHECK_ERRNO(EBADF, set_lock(reading, F_SETLK, F_WRLCK, 0, 1));
  CHECK_ERRNO(EINVAL, set_lock(file, F_SETLK, F_WRLCK, -5, 1));
}

static void check_shared(int file) {
  CHECK(set_lock(file, F_SETLK, F_RDLCK, 0, 0) == 0);
  CHECK_ERRNO(EAGAIN, set_lock(file, F_SETLK, F_WRLCK, 0, 0));
}
static void check_free(int file) { CHECK(set_lock(file, F_SETLK, F_WRLCK, 0, 0) == 0); }

static void shared_and_closed(void) {
  make_file("f", "");
  const int file = open("f", O_RDWR);
  CHECK(set_lock(file, F_SETLK, F_RDLCK, 0, 0) == 0);
  in_child(check_shared, file);
  close(open("f", O_RDONLY));  // closing any descriptor of the file drops the process' locks
  in_child(check_free, file);
}

static void waiting(void) {
  make_file("f", "");
  const int file = open("f", O_RDWR);
  CHECK(set_lock(file, F_SETLK, F_WRLCK, 0, 0) == 0);
  const pid_t child = fork();
  if (child == 0) _exit(set_lock(file, F_SETLKW, F_WRLCK, 0, 0) == 0 ? 0 : 1);
  CHECK(wait_for_state(child, 'S'));
  int status;
  CHECK(waitpid(child, &status, WNOHANG) == 0 && set_lock(file, F_SETLK, F_UNLCK, 0, 0) == 0);
  CHECK(waitpid(child, &status, 0) == child && ended_with(status, 0));
}

static void ends_with_process(void) {
  make_file("f", "");
  const int file = open("f", O_RDWR);
  int ends[2];
  CHECK(pipe(ends) == 0);
  const pid_t child = fork();
  if (child == 0) {
    CHECK(set_lock(file, F_SETLK, F_WRLCK, 0, 0) == 0 && write(ends[1], "x", 1) == 1);
    for (;;) pause();
  }
  char byte;
  CHECK(read(ends[0], &byte, 1) == 1);
  CHECK_ERRNO(EAGAIN, set_lock(file, F_SETLK, F_WRLCK, 0, 0));
  CHECK(kill(child, SIGKILL) == 0 && set_lock(file, F_SETLKW, F_WRLCK, 0, 0) == 0);
}

static void deadlock(void) {
  make_file("f", "");
  const int file = open("f", O_RDWR);
  CHECK(set_lock(file, F_SETLK, F_WRLCK, 0, 1) == 0);
  const pid_t child = fork();
  if (child == 0) {
    CHECK(set_lock(file, F_SETLK, F_WRLCK, 1, 1) == 0);
    _exit(set_lock(file, F_SETLKW, F_WRLCK, 0, 1) == 0 ? 0 : 1);
  }
  CHECK(wait_for_state(child, 'S'));
  CHECK_ERRNO(EDEADLK, set_lock(file, F_SETLKW, F_WRLCK, 1, 1));
}

static void whole_files(void) {
  make_file("f", "");
  const int one = open("f", O_RDWR), two = open("f", O_RDWR), copy = dup(one);
  CHECK(flock(one, LOCK_EX) == 0 && flock(copy, LOCK_EX | LOCK_NB) == 0);
  CHECK_ERRNO(EWOULDBLOCK, flock(two, LOCK_EX | LOCK_NB));
  CHECK_ERRNO(EWOULDBLOCK, flock(two, LOCK_SH | LOCK_NB));
  CHECK(flock(one, LOCK_SH) == 0 && flock(two, LOCK_SH | LOCK_NB) == 0);
  CHECK(flock(copy, LOCK_UN) == 0 && flock(two, LOCK_EX | LOCK_NB) == 0 && close(two) == 0 && flock(one, LOCK_EX | LOCK_NB) == 0);
  CHECK_ERRNO(EINVAL, flock(one, 0));
  CHECK_ERRNO(EBADF, flock(99, LOCK_SH));
}

static void by_open_file(void) {
  make_file("f", "");
  const int one = open("f", O_RDWR), two = open("f", O_RDWR);
  CHECK(set_lock(one, F_OFD_SETLK, F_WRLCK, 0, 10) == 0);
  CHECK_ERRNO(EAGAIN, set_lock(two, F_OFD_SETLK, F_WRLCK, 0, 10));
  close(open("f", O_RDONLY));
  CHECK_ERRNO(EAGAIN, set_lock(two, F_OFD_SETLK, F_WRLCK, 0, 10));
  close(one);
  CHECK(set_lock(two, F_OFD_SETLK, F_WRLCK, 0, 10) == 0);
}

static void many_processes(void) {
  make_file("n", "0000");
  const int file = open("n", O_RDWR);
  for (int child = 0; child < 5; ++child) {
    if (fork() == 0) {
      const int own = open("n", O_RDWR);
      for (int i = 0; i < 40; ++i) {
        int value;
        CHECK(flock(own, LOCK_EX) == 0 && pread(own, &value, sizeof(value), 0) == sizeof(value));
        ++value;
        if (i % 8 == 0) sleep_ms(1);
        CHECK(pwrite(own, &value, sizeof(value), 0) == sizeof(value) && flock(own, LOCK_UN) == 0);
      }
      _exit(0);
    }
  }
  int status, value, start = 0x30303030;
  while (wait(&status) > 0) CHECK(ended_with(status, 0));
  CHECK(pread(file, &value, sizeof(value), 0) == sizeof(value) && value == start + 200);
}

static const struct test tests[] = {
    {"ranges", ranges}, {"shared_and_closed", shared_and_closed}, {"waiting", waiting}, {"ends_with_process", ends_with_process},
    {"deadlock", deadlock}, {"whole_files", whole_files}, {"by_open_file", by_open_file}, {"many_processes", many_processes},
};
SUITE(lock_suite, "lock", tests);
